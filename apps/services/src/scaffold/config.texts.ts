/** What each setting of a service means, for the guides; a setting without its text does not compile. */
import type { LocalizedText } from '@imageflow/core';
import type { SettingName } from './config.ts';

export interface SettingText extends LocalizedText {
  /** Where the default is not a fixed value. */
  readonly default?: LocalizedText;
}

const none: LocalizedText = { ja: 'なし', en: 'none' };

export const settingTexts: Readonly<Record<SettingName, SettingText>> = {
  IMAGEFLOW_LISTEN: {
    ja: '待ち受ける ホスト:ポート',
    en: 'host:port to listen on',
    default: { ja: 'このマシンの 50051〜50054（種類による）', en: 'this machine, 50051 to 50054 by kind' },
  },
  IMAGEFLOW_INSTANCE_ID: {
    ja: 'インスタンスの名前',
    en: 'name of the instance',
    default: { ja: '起動ごとに作られる', en: 'made at each start' },
  },
  IMAGEFLOW_DATA_DIR: { ja: 'バックエンドと同じフォルダ', en: "the backend's data folder" },
  IMAGEFLOW_OBJECTS_URL: {
    ja: 'バックエンドと同じオブジェクトストア',
    en: "the backend's object store",
    default: { ja: 'データのフォルダ内', en: 'a folder in the data folder' },
  },
  IMAGEFLOW_MODELS_DIR: {
    ja: '自分のモデル',
    en: 'your own models',
    default: { ja: 'データのフォルダの models', en: 'models in the data folder' },
  },
  IMAGEFLOW_MAX_FILE_BYTES: { ja: '画像ファイルのバイト数の上限', en: 'most bytes of an image file' },
  IMAGEFLOW_MAX_PIXELS: { ja: '画像の画素数の上限', en: 'most pixels of an image' },
  IMAGEFLOW_CONCURRENCY: {
    ja: '同時に処理する呼び出しの数',
    en: 'calls worked on at the same time',
    default: { ja: 'コア数 + 1', en: 'the cores and one more' },
  },
  IMAGEFLOW_WAITING_LIMIT: { ja: '順番を待てる呼び出しの数。超えると断る', en: 'calls that may wait for their turn; more are refused' },
  IMAGEFLOW_DRAIN_MS: { ja: '停止が処理中の呼び出しを待つ時間（ms）', en: 'how long a stop waits for calls in progress, ms' },
  IMAGEFLOW_METRICS_PORT: { ja: 'Prometheus の /metrics のポート', en: 'port of /metrics for Prometheus', default: none },
  IMAGEFLOW_INFERENCE_THREADS: {
    ja: '1 回の推論のスレッド数',
    en: 'threads of one inference',
    default: { ja: 'コア数（最大 4）', en: 'the cores, at most 4' },
  },
  IMAGEFLOW_EXECUTION_PROVIDERS: { ja: 'onnxruntime の実行先。例: cuda,cpu', en: 'execution providers of onnxruntime, e.g. cuda,cpu' },
  IMAGEFLOW_LOADED_MODELS: { ja: 'メモリに置くモデルの数', en: 'models kept in memory' },
  IMAGEFLOW_MAX_MODEL_BYTES: { ja: 'モデルのバイト数の上限', en: 'most bytes of a model' },
  IMAGEFLOW_BACKEND: { ja: 'バックエンドの gRPC の ホスト:ポート', en: "host:port of the backend's gRPC" },
  IMAGEFLOW_SERVICE_KEY: {
    ja: 'バックエンドと共有する鍵',
    en: 'key shared with the backend',
    default: { ja: 'バックエンドがデータのフォルダに置いたもの', en: 'the one that the backend keeps in the data folder' },
  },
  IMAGEFLOW_STREAM_TOKENS: {
    ja: 'カメラストリームのアクセストークン: required、optional',
    en: 'access tokens of camera streams: required, optional',
    default: { ja: 'このマシンだけで待つときは optional', en: 'optional when listening on this machine only' },
  },
  IMAGEFLOW_MAX_STREAMS: { ja: '同時のカメラストリームの数', en: 'camera streams at the same time' },
  IMAGEFLOW_MAX_STREAMS_PER_CLIENT: { ja: 'クライアントごとの数', en: 'of one client' },
  IMAGEFLOW_MAX_FRAME_BYTES: { ja: 'フレームのバイト数の上限', en: 'most bytes of a frame' },
  IMAGEFLOW_MAX_FRAME_PIXELS: { ja: 'フレームの画素数の上限', en: 'most pixels of a frame' },
  IMAGEFLOW_FRAME_TIMEOUT_MS: { ja: '1 フレームの処理を待つ時間（ms）', en: 'how long a frame may take, ms' },
  IMAGEFLOW_STREAM_STALL_MS: {
    ja: '結果を読まないストリームを閉じるまでの時間（ms）',
    en: 'a stream that does not read its results is closed after, ms',
  },
  IMAGEFLOW_FIRST_FRAME_MS: { ja: '最初のフレームを待つ時間（ms）', en: 'how long a stream may stay without its first frame, ms' },
  IMAGEFLOW_OTLP_URL: {
    ja: 'OpenTelemetry のトレースを受ける OTLP/HTTP のアドレス',
    en: 'OTLP/HTTP receiver of OpenTelemetry traces',
    default: none,
  },
  IMAGEFLOW_TRACE_RATIO: { ja: '記録するトレースの割合（0〜1）', en: 'share of traces that is recorded, 0 to 1' },
  IMAGEFLOW_LOG_LEVEL: { ja: 'fatal、error、warn、info、debug、trace、silent', en: 'fatal, error, warn, info, debug, trace, silent' },
};
