/** The pipeline of rows 1 and 2: every image is stored, before, between and after. */
export const inspectionPipeline = {
  pipeline_id: 'bench-inspection',
  name: 'Bench: resize, detect, sharpen',
  version: '1.0.0',
  description: 'Rows 1 and 2 of the table of goals',
  execution_mode: 'direct_grpc',
  steps: [
    { step_id: 'resize', service: 'ResizeService', method: 'Resize', parameters: { target_width: 640, target_height: 640 } },
    {
      step_id: 'detect',
      service: 'AIDetectionService',
      method: 'DetectDefects',
      depends_on: ['resize'],
      parameters: { confidence_threshold: 0.45, iou_threshold: 0.45 },
    },
    { step_id: 'sharpen', service: 'FilterService', method: 'ApplyFilter', depends_on: ['detect'], parameters: { filter_type: 'sharpen' } },
  ],
};
