/**
 * The catalogue of errors. Every failure that crosses a border is one of these; foreign errors are converted once, where they enter,
 * and kept as `cause` for the log.
 */
import type { LocalizedText } from './text.ts';

interface CatalogueEntry {
  /** Last part of the problem type's address. */
  readonly slug: string;
  readonly status: number;
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean;
  readonly title: LocalizedText;
}

const entry = (slug: string, status: number, retryable: boolean, ja: string, en: string): CatalogueEntry => ({
  slug,
  status,
  retryable,
  title: { ja, en },
});

export const catalogue = {
  VALIDATION_ERROR: entry('validation-error', 400, false, '入力データが無効です', 'The request is not valid'),
  MALFORMED_BODY: entry('malformed-body', 400, false, '本文を読み取れません', 'The body cannot be read'),
  UNAUTHENTICATED: entry('unauthenticated', 401, false, '認証が必要です', 'Sign in first'),
  LOGIN_FAILED: entry('login-failed', 401, false, 'ユーザー名またはパスワードが違います', 'Wrong user name or password'),
  DEVICE_REVOKED: entry('device-revoked', 401, false, 'この端末の登録は取り消されました', 'This device has been revoked'),
  DEVICE_PENDING: entry('device-pending', 403, false, 'この端末はまだ承認されていません', 'This device has not been approved yet'),
  FORBIDDEN: entry('forbidden', 403, false, 'この操作を行う権限がありません', 'Your role does not allow this'),
  NOT_FOUND: entry('not-found', 404, false, '見つかりません', 'Not found'),
  METHOD_NOT_ALLOWED: entry('method-not-allowed', 405, false, 'このメソッドは使えません', 'This method is not allowed here'),
  NOT_ACCEPTABLE: entry('not-acceptable', 406, false, '要求された形式では応答できません', 'The wanted format cannot be produced'),
  CONFLICT: entry('conflict', 409, false, '現在の状態と矛盾します', 'In conflict with the current state'),
  PRECONDITION_FAILED: entry('precondition-failed', 412, false, '他の変更が先に保存されました', 'It was changed in the meantime'),
  TOO_LARGE: entry('too-large', 413, false, '大きすぎます', 'Too large'),
  UNSUPPORTED_MEDIA: entry('unsupported-media', 415, false, '受け付けられない形式です', 'This format is not accepted'),
  RANGE_NOT_SATISFIABLE: entry('range-not-satisfiable', 416, false, '範囲が不正です', 'The range lies outside the file'),
  ALREADY_JUDGED: entry('already-judged', 409, false, 'すでに判定されています', 'Somebody else has judged this already'),
  SESSION_CLOSED: entry('session-closed', 409, false, '検査はすでに終わっています', 'The session is closed'),
  CONFLICT_OPEN: entry('conflict-open', 409, false, '判定の食い違いが未解決です', 'Two verdicts disagree and nobody has resolved it'),
  IN_USE: entry('in-use', 409, false, '使用中のため削除できません', 'In use, so it cannot be deleted'),
  MASTER_CHECK_REQUIRED: entry(
    'master-check-required',
    409,
    false,
    '始業マスター確認が済んでいません',
    'The master check of this shift has not been passed',
  ),
  LINE_STOPPED: entry('line-stopped', 409, false, 'ラインが停止中です', 'The line is stopped'),
  CURSOR_GONE: entry(
    'cursor-gone',
    410,
    false,
    '同期カーソルが失効しました',
    'The cursor is no longer valid: synchronise from the beginning',
  ),
  UNPROCESSABLE: entry('unprocessable', 422, false, '処理できない内容です', 'Understood, but impossible'),
  PIPELINE_INVALID: entry('pipeline-invalid', 422, false, 'パイプライン定義が無効です', 'The pipeline definition is not valid'),
  IMAGE_BROKEN: entry('image-broken', 422, false, '画像が壊れています', 'The image is broken'),
  IDEMPOTENCY_MISMATCH: entry(
    'idempotency-mismatch',
    422,
    false,
    '同じ Idempotency-Key が別の内容で使われました',
    'This Idempotency-Key was used with another body',
  ),
  INSPECTION_ERROR: entry('inspection-error', 422, false, '検査実行エラー', 'The inspection cannot be carried out'),
  SESSION_INCOMPLETE: entry('session-incomplete', 422, false, '判定されていない項目があります', 'Items of the session are not judged yet'),
  CAPTURE_REFUSED: entry('capture-refused', 422, false, 'この画像パスは使えません', 'This image path cannot be used'),
  CLIENT_TOO_OLD: entry('client-too-old', 422, false, 'アプリが古すぎます', 'The app is too old for this server'),
  MODEL_INVALID: entry('model-invalid', 422, false, 'このモデルは使えません', 'This model cannot be used'),
  QUALITY_REJECTED: entry('quality-rejected', 422, false, '画像の品質が基準を満たしません', 'The photo does not meet the quality limits'),
  PRECONDITION_REQUIRED: entry('precondition-required', 428, false, 'If-Match ヘッダーが必要です', 'An If-Match header is needed'),
  RATE_LIMITED: entry('rate-limited', 429, true, '要求が多すぎます', 'Too many requests'),
  QUEUE_FULL: entry('queue-full', 429, true, '実行待ちが上限に達しています', 'The queue of executions is full'),
  CANCELLED: entry('cancelled', 499, false, 'キャンセルされました', 'Cancelled'),
  INTERNAL: entry('internal', 500, false, '内部エラー', 'Internal error'),
  RUN_ABANDONED: entry(
    'run-abandoned',
    500,
    false,
    '実行中にエンジンが繰り返し停止したため中止しました',
    'Given up: the engine died too often while it ran this',
  ),
  SERVICE_FAULT: entry('service-fault', 502, true, '処理サービスでエラーが発生しました', 'The processing service failed'),
  SERVICE_UNAVAILABLE: entry('service-unavailable', 503, true, '処理サービスを利用できません', 'The processing service is not available'),
  AI_SERVICE_UNAVAILABLE: entry(
    'ai-service-unavailable',
    503,
    true,
    'AI検出サービスを利用できません',
    'AI Detection Service temporarily unavailable',
  ),
  SHUTTING_DOWN: entry('shutting-down', 503, true, 'サーバーを停止しています', 'The server is stopping'),
  DATABASE_UNAVAILABLE: entry('database-unavailable', 503, true, 'データベースを利用できません', 'The database is not available'),
  STORE_UNAVAILABLE: entry('store-unavailable', 503, true, 'オブジェクトストアを利用できません', 'The object store is not available'),
  BUS_UNAVAILABLE: entry('bus-unavailable', 503, true, 'メッセージ基盤を利用できません', 'The message bus is not available'),
  STORE_FULL: entry('store-full', 507, true, '保存先の空き容量がありません', 'The store is full'),
  OBJECT_NOT_FOUND: entry('object-not-found', 404, false, 'ファイルが見つかりません', 'The file is not in the store'),
  OBJECT_TOO_LARGE: entry('object-too-large', 413, false, 'ファイルが大きすぎます', 'The file is too large'),
  CAMERA_UNREACHABLE: entry('camera-unreachable', 502, true, 'カメラに接続できません', 'The camera cannot be reached'),
  CAMERA_LOGIN_FAILED: entry(
    'camera-login-failed',
    502,
    true,
    'カメラのユーザー名またはパスワードが違います',
    'The camera does not accept the user name or the password',
  ),
  VIDEO_UNREADABLE: entry('video-unreadable', 422, true, '映像を読み取れません', 'The video cannot be read'),
  FFMPEG_MISSING: entry('ffmpeg-missing', 503, true, 'ffmpeg が見つかりません', 'ffmpeg was not found'),
  STEP_TIMEOUT: entry('step-timeout', 504, true, 'ステップが制限時間を超えました', 'The step took longer than its time-out'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

export interface ValidationFault {
  /** JSON path, e.g. "steps[1].depends_on[0]". */
  readonly field: string;
  readonly message: LocalizedText;
  readonly value?: unknown;
}

export interface ErrorOptions {
  /** Overrides the catalogue's title text as the message. Safe to show: no internals. */
  readonly detail?: LocalizedText;
  readonly faults?: readonly ValidationFault[];
  readonly retryAfterSeconds?: number;
  /** Overrides the catalogue. */
  readonly retryable?: boolean;
  /** Further members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: LocalizedText;
  readonly faults: readonly ValidationFault[];
  readonly retryAfterSeconds: number | undefined;
  readonly retryable: boolean;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const detail = options.detail ?? catalogue[code].title;
    super(detail.en, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.retryable = options.retryable ?? catalogue[code].retryable;
    this.extensions = options.extensions ?? {};
  }

  get status(): number {
    return catalogue[this.code].status;
  }
}
