/** A file as the database has it. */
import type { Tables } from '@imageflow/adapters/database';
import type { Selectable } from 'kysely';

export type FileRow = Selectable<Tables['files']>;
