/** The pipelines a new installation starts with, as a user would POST them. */

/** Design §8.1.2, as printed there. */
const qualityInspection = {
  pipeline_id: 'quality-inspection-v1',
  name: '品質検査パイプライン',
  version: '1.0.0',
  description: 'AI による欠陥検出と品質評価',
  execution_mode: 'direct_grpc',
  steps: [
    {
      step_id: 'resize',
      service: 'ResizeService',
      method: 'Resize',
      input_schema: { width: 'integer', height: 'integer', maintain_aspect_ratio: 'boolean' },
      timeout_ms: 5000,
      retry_count: 3,
    },
    {
      step_id: 'ai_detection',
      service: 'AIDetectionService',
      method: 'DetectDefects',
      depends_on: ['resize'],
      input_schema: { model_name: 'string', confidence_threshold: 'float' },
      timeout_ms: 30000,
      retry_count: 2,
    },
    {
      step_id: 'quality_filter',
      service: 'FilterService',
      method: 'ApplyQualityFilter',
      depends_on: ['ai_detection'],
      input_schema: { filter_type: 'enum', parameters: 'object' },
      timeout_ms: 10000,
      retry_count: 3,
    },
  ],
  error_handling: { strategy: 'fail_fast', rollback_enabled: true, notification_on_failure: true },
};

const cocoDetection = {
  pipeline_id: 'coco-detection',
  name: '物体検出（COCO 80 クラス）',
  version: '1.0.0',
  description: '写真から人・車・動物など 80 種類の物体を検出し、枠を描きます / Finds 80 kinds of everyday objects and draws their boxes',
  execution_mode: 'direct_grpc',
  steps: [
    {
      step_id: 'detect',
      service: 'AIDetectionService',
      method: 'Detect',
      parameters: { confidence_threshold: 0.4 },
    },
    {
      step_id: 'annotate',
      service: 'FilterService',
      method: 'ApplyFilter',
      depends_on: ['detect'],
      parameters: { filter_type: 'annotate' },
    },
  ],
  error_handling: { strategy: 'fail_fast', rollback_enabled: false, notification_on_failure: false },
};

const branching = {
  pipeline_id: 'edges-and-detections',
  name: '輪郭と検出の分岐',
  version: '1.0.0',
  description:
    '縮小した画像から、物体の検出と輪郭の抽出を同時に行い、輪郭の上に検出枠を描きます / Detects objects and extracts edges side by side, then draws the boxes on the edges',
  execution_mode: 'direct_grpc',
  steps: [
    {
      step_id: 'resize',
      service: 'ResizeService',
      method: 'Resize',
      parameters: { target_width: 960, target_height: 960, maintain_aspect_ratio: true },
    },
    {
      step_id: 'detect',
      service: 'AIDetectionService',
      method: 'Detect',
      depends_on: ['resize'],
      parameters: { confidence_threshold: 0.4 },
    },
    {
      step_id: 'edges',
      service: 'FilterService',
      method: 'ApplyFilter',
      depends_on: ['resize'],
      parameters: { filter_type: 'edge' },
    },
    {
      step_id: 'annotate',
      service: 'FilterService',
      method: 'ApplyFilter',
      depends_on: ['edges', 'detect'],
      input_from: 'edges',
      parameters: { filter_type: 'annotate' },
    },
  ],
  error_handling: { strategy: 'continue', rollback_enabled: false, notification_on_failure: false },
};

const liveInspection = {
  pipeline_id: 'live-inspection',
  name: '映像の欠陥検出',
  version: '1.0.0',
  description:
    '映像の各フレームから表面の欠陥を検出し、枠を描きます / Finds surface defects in the frames of live video and draws their boxes',
  execution_mode: 'direct_grpc',
  steps: [
    {
      step_id: 'detect',
      service: 'AIDetectionService',
      method: 'DetectDefects',
      parameters: { confidence_threshold: 0.4 },
    },
    {
      step_id: 'annotate',
      service: 'FilterService',
      method: 'ApplyFilter',
      depends_on: ['detect'],
      parameters: { filter_type: 'annotate' },
    },
  ],
  error_handling: { strategy: 'fail_fast', rollback_enabled: false, notification_on_failure: false },
};

export const samplePipelines: readonly unknown[] = [qualityInspection, cocoDetection, branching, liveInspection];
