/** Every operation of the REST API, by tag. */
import { authRoutes } from '../accounts/auth.rest.ts';
import { userRoutes } from '../accounts/users.rest.ts';
import type { Route } from '../define.ts';
import { deadLetterRoutes } from '../executions/dead-letters.rest.ts';
import { executionRoutes } from '../executions/rest.ts';
import { fileRoutes } from '../files/rest.ts';
import { modelRoutes } from '../models/rest.ts';
import { insightRoutes } from '../performance/rest.ts';
import { pipelineRoutes } from '../pipelines/rest.ts';
import { componentRoutes } from '../pool/components.rest.ts';
import { serviceRoutes } from '../pool/services.rest.ts';
import { streamArchiveRoutes } from '../streams/archive.rest.ts';
import { streamRoutes } from '../streams/rest.ts';
import { systemRoutes } from '../system/rest.ts';

const rooms: readonly Readonly<Record<string, Route>>[] = [
  executionRoutes,
  deadLetterRoutes,
  pipelineRoutes,
  insightRoutes,
  fileRoutes,
  componentRoutes,
  modelRoutes,
  streamRoutes,
  streamArchiveRoutes,
  serviceRoutes,
  authRoutes,
  userRoutes,
  systemRoutes,
];

export const allRoutes: readonly Route[] = rooms.flatMap((room) => Object.values(room));
