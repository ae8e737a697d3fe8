/** Names of the topics. Each that must not lose anything has a second one for messages that no delivery could settle. */
export const topics = {
  progress: 'pipeline-progress',
  requests: 'image-processing-requests',
  deadRequests: 'image-processing-requests.dlq',
  archive: 'video-stream-archive',
} as const;
