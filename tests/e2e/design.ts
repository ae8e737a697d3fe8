/** The quality-inspection pipeline as its design document prints it. */
export const designPipeline = {
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
