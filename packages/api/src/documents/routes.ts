/** Every operation of the REST API, by tag. */
import { authRoutes } from '../http/auth.ts';
import { componentRoutes } from '../http/components.ts';
import { deadLetterRoutes } from '../http/dead-letters.ts';
import { executionRoutes } from '../http/executions.ts';
import { fileRoutes } from '../http/files.ts';
import { insightRoutes } from '../http/insight.ts';
import { modelRoutes } from '../http/models.ts';
import { pipelineRoutes } from '../http/pipelines.ts';
import type { Route } from '../http/route.ts';
import { serviceRoutes } from '../http/services.ts';
import { streamArchiveRoutes } from '../http/stream-archive.ts';
import { streamRoutes } from '../http/streams.ts';
import { systemRoutes } from '../http/system.ts';
import { userRoutes } from '../http/users.ts';

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
