/** Started by create.ts with the folder to fill. */
import { PGlite } from '@electric-sql/pglite';

const engine = await PGlite.create({ dataDir: `file://${process.argv[2]}` });
await engine.close();
