/** The list of every REST operation: the documents, the server's checks of permissions and the typed client read this one. */
import type { LocalizedText } from '@imageflow/core';
import { authRoutes } from './accounts/auth.rest.ts';
import { userRoutes } from './accounts/users.rest.ts';
import type { Route } from './define.ts';
import { deadLetterRoutes } from './executions/dead-letters.rest.ts';
import { executionRoutes } from './executions/rest.ts';
import { fileRoutes } from './files/rest.ts';
import { modelRoutes } from './models/rest.ts';
import { insightRoutes } from './performance/rest.ts';
import { pipelineRoutes } from './pipelines/rest.ts';
import { componentRoutes } from './pool/components.rest.ts';
import { serviceRoutes } from './pool/services.rest.ts';
import { streamArchiveRoutes } from './streams/archive.rest.ts';
import { streamRoutes } from './streams/rest.ts';
import { systemRoutes } from './system/rest.ts';

/** The operations by resource, in the order of the documents. */
const resources: readonly Readonly<Record<string, Route>>[] = [
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

export const allRoutes: readonly Route[] = resources.flatMap((routes) => Object.values(routes));

/** What the operations of a tag are about. */
export const tags: Readonly<Record<string, LocalizedText>> = {
  executions: { ja: 'パイプラインの実行', en: 'Pipelines run on images' },
  'dead-letters': { ja: '処理できなかったメッセージ', en: 'Messages that could not be settled' },
  pipelines: { ja: 'パイプラインの定義と版', en: 'Definitions of pipelines, and their versions' },
  files: { ja: '画像のアップロードとダウンロード', en: 'Images that came in, and images that executions made' },
  components: { ja: 'ステップの部品', en: 'What steps are made of' },
  models: { ja: 'AI モデル', en: 'AI models' },
  streams: { ja: 'カメラ映像のリアルタイム処理', en: 'Live video of cameras, and what is kept of it' },
  services: { ja: 'gRPC サービスの状態', en: 'The pool of gRPC services' },
  auth: { ja: '認証', en: 'Signing in and out' },
  users: { ja: 'アカウント・役割・監査ログ', en: 'Accounts, roles, audit log' },
  system: { ja: 'システムの状態', en: 'State of the server' },
};
