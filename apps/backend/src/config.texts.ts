/** What each setting means, for the guides; a setting without its text does not compile. */
import type { LocalizedText } from '@imageflow/core';
import type { SettingName } from './config.ts';

export interface SettingText extends LocalizedText {
  /** Where the default is not a fixed value. */
  readonly default?: LocalizedText;
}

const cores: LocalizedText = { ja: 'コア数', en: 'the cores' };
const none: LocalizedText = { ja: 'なし', en: 'none' };

export const settingTexts: Readonly<Record<SettingName, SettingText>> = {
  IMAGEFLOW_HOST: { ja: '待ち受けるアドレス（0.0.0.0: すべて）', en: 'address to listen on (0.0.0.0: all)' },
  IMAGEFLOW_PORT: { ja: 'HTTP のポート: REST、WebSocket、文書', en: 'HTTP port: REST, WebSocket, documents' },
  IMAGEFLOW_GRPC_PORT: { ja: 'gRPC のポート: サービスの登録', en: 'gRPC port: registration of services' },
  IMAGEFLOW_GRPC_ADVERTISE: {
    ja: '他のバックエンドがこのバックエンドの gRPC に接続する ホスト:ポート',
    en: "host:port by which other backends reach this one's gRPC",
    default: {
      ja: '待ち受けるアドレス。0.0.0.0 ならこのマシンの最初のアドレス',
      en: 'the address it listens on; of 0.0.0.0 the first of the machine',
    },
  },
  IMAGEFLOW_WORKER_PORT: { ja: 'ワーカーの HTTP ポート: /readyz と /metrics', en: "a worker's HTTP port: /readyz and /metrics" },
  IMAGEFLOW_DATA_DIR: { ja: '保存するもののフォルダ', en: 'folder of what is kept' },
  IMAGEFLOW_WEB_DIR: {
    ja: '画面のファイルのフォルダ。無ければ / は案内ページになる',
    en: 'folder of the built pages; without it, / shows what runs here',
    default: { ja: 'apps/web/dist', en: 'apps/web/dist' },
  },
  IMAGEFLOW_DATABASE_URL: {
    ja: 'postgres://ユーザー:パスワード@ホスト:ポート/データベース、または pglite:フォルダ',
    en: 'postgres://user:password@host:port/database, or pglite:folder',
    default: { ja: 'データのフォルダ内の PGlite', en: 'PGlite in the data folder' },
  },
  IMAGEFLOW_AUTO_MIGRATE: {
    ja: 'false: 表を自動で更新しない（imageflow migrate で行う）',
    en: 'false: tables are not brought up to date at the start, but by imageflow migrate',
  },
  IMAGEFLOW_OBJECTS_URL: {
    ja: 's3://バケット?endpoint=…&region=…（&downloads=… はクライアントから見た S3）、または folder:絶対パス。サービスも同じにする',
    en: 's3://bucket?endpoint=…&region=… (&downloads=…: S3 as clients reach it), or folder:absolute path. The same for the services',
    default: { ja: 'データのフォルダ内', en: 'a folder in the data folder' },
  },
  IMAGEFLOW_BUS_URL: { ja: 'kafka://ホスト:ポート,…、または embedded', en: 'kafka://host:port,…, or embedded' },
  IMAGEFLOW_SERVICES: {
    ja: 'サービスのインスタンス。名前=ホスト:ポート をカンマで区切る',
    en: 'instances of services: name=host:port, separated by commas',
    default: { ja: 'このマシンの 50051〜50054', en: 'ports 50051 to 50054 of this machine' },
  },
  IMAGEFLOW_OTLP_URL: {
    ja: 'OpenTelemetry のトレースを受ける OTLP/HTTP のアドレス',
    en: 'OTLP/HTTP receiver of OpenTelemetry traces',
    default: none,
  },
  IMAGEFLOW_TRACE_RATIO: { ja: '記録するトレースの割合（0〜1）', en: 'share of traces that is recorded, 0 to 1' },
  IMAGEFLOW_BALANCING: {
    ja: 'インスタンスの選び方: least_connections、response_time、cpu_usage、random',
    en: 'how an instance is chosen: least_connections, response_time, cpu_usage, random',
  },
  IMAGEFLOW_SERVICE_KEY: {
    ja: 'サービスが自分を登録するための鍵（16 文字以上）',
    en: 'key by which services register themselves, 16 characters or more',
    default: { ja: '最初の起動で作られる', en: 'made at the first start' },
  },
  IMAGEFLOW_MODELS_DIR: {
    ja: '自分のモデル',
    en: 'your own models',
    default: { ja: 'データのフォルダの models', en: 'models in the data folder' },
  },
  IMAGEFLOW_ADMIN_PASSWORD: {
    ja: '最初の起動で作られる admin のパスワード',
    en: 'password of admin, who is made at the very first start',
    default: { ja: '無作為。first-login.txt に置かれる', en: 'random, in first-login.txt' },
  },
  IMAGEFLOW_LOCAL_PASSWORD: {
    ja: 'imageflow up が使う。起動中だけのアカウント local のパスワード（24 文字以上）',
    en: 'for imageflow up: password of the account local, which exists while it runs (24 characters or more)',
    default: none,
  },
  IMAGEFLOW_LOG_LEVEL: { ja: 'fatal、error、warn、info、debug、trace、silent', en: 'fatal, error, warn, info, debug, trace, silent' },
  IMAGEFLOW_TIMEZONE: {
    ja: '工場の IANA タイムゾーン。統計の日はこの地域の日',
    en: "the plant's IANA time zone: days in statistics are days there",
    default: { ja: 'このマシンのもの', en: "the machine's" },
  },
  IMAGEFLOW_MAX_FILE_BYTES: { ja: 'ファイル 1 個のバイト数の上限', en: 'most bytes of a file' },
  IMAGEFLOW_MAX_PIXELS: { ja: '画像 1 枚の画素数の上限', en: 'most pixels of an image' },
  IMAGEFLOW_MAX_FILES: { ja: '1 回の要求のファイル数の上限', en: 'most files of a request' },
  IMAGEFLOW_MAX_BODY_BYTES: { ja: 'JSON の本文のバイト数の上限', en: 'most bytes of a JSON body' },
  IMAGEFLOW_QUEUE_LIMIT: { ja: '待てる実行の数。超えると 429', en: 'executions that may wait; above it 429' },
  IMAGEFLOW_LOGINS_PER_MINUTE: {
    ja: '利用者ごとの 1 分間のログイン回数の上限（アドレスごとは 5 倍）',
    en: 'sign-in attempts a minute and user (an address: five times as many)',
  },
  IMAGEFLOW_OUTPUT_RETENTION_DAYS: {
    ja: '実行の出力を残す日数',
    en: 'days that outputs of executions are kept',
    default: { ja: 'ずっと残す', en: 'kept for ever' },
  },
  IMAGEFLOW_HANDOVER_RETENTION_HOURS: { ja: 'ステップ間の可逆画像を残す時間', en: 'hours that lossless images between steps are kept' },
  IMAGEFLOW_HANDOVER_MAX_BYTES: { ja: 'その合計の上限（バイト）', en: 'most bytes of them together' },
  IMAGEFLOW_CONCURRENCY: { ja: '同時に行う実行の数', en: 'executions at the same time', default: cores },
  IMAGEFLOW_CORS_ORIGINS: {
    ja: 'ブラウザーから呼べる他のオリジン（カンマ区切り）',
    en: 'other origins that may call from a browser',
    default: none,
  },
  IMAGEFLOW_TRUSTED_PROXIES: {
    ja: 'X-Forwarded-For を信じるアドレスやネットワーク（ゲートウェイ）',
    en: 'addresses or networks whose X-Forwarded-For is believed (gateways)',
    default: none,
  },
  IMAGEFLOW_OIDC_ISSUER: {
    ja: 'トークンを受け入れる OpenID Connect の発行者',
    en: 'OpenID Connect issuer whose tokens are accepted',
    default: none,
  },
  IMAGEFLOW_OIDC_AUDIENCE: {
    ja: 'そのトークンの aud（発行者と一緒に必須）',
    en: 'the aud of its tokens; needed with the issuer',
    default: none,
  },
  IMAGEFLOW_OIDC_ROLE_CLAIM: { ja: '役割を持つクレームの名前', en: 'name of the claim that has the role' },
  IMAGEFLOW_NOTIFICATION_URL: {
    ja: '失敗した実行の通知を受ける HTTP のアドレス（CloudEvents）',
    en: 'HTTP address that gets a CloudEvent for failed executions that ask for it',
    default: none,
  },
  IMAGEFLOW_FFMPEG: {
    ja: 'カメラと動画を読む ffmpeg（5 以降）の場所',
    en: 'where ffmpeg (5 or newer) is, which reads cameras and videos',
    default: { ja: 'PATH から探す', en: 'looked for in PATH' },
  },
  IMAGEFLOW_VIDEO_DIR: {
    ja: 'ストリームにできる動画ファイルのフォルダ',
    en: 'folder of the video files that may be streams',
    default: { ja: 'データのフォルダ内の videos', en: 'videos in the data folder' },
  },
  IMAGEFLOW_VIDEO_DEVICES: {
    ja: 'true: サーバーのカメラ（/dev/video…）を使える',
    en: 'true: cameras of the server (/dev/video…) may be used',
  },
  IMAGEFLOW_SECRET_KEY: {
    ja: 'カメラのパスワードを暗号化する鍵。複数のバックエンドでは同じにする',
    en: 'key that seals passwords of cameras; the same for several backends',
    default: { ja: '最初の起動で作る（secret-key.txt）', en: 'made at the first start (secret-key.txt)' },
  },
  IMAGEFLOW_DRAIN_MS: { ja: '停止が実行中の処理を待つ時間（ms）', en: 'how long a stop waits for work in progress, ms' },
};
