/** The topics and how each is kept. */

/**
 * Copies of facts that the database holds anyway: they are handed to whoever listens and cost no write. Progress comes several times a
 * step, and a write each would be a good part of an execution's time. Every other topic is durable.
 */
const passingTopics: ReadonlySet<string> = new Set(['pipeline-progress', 'video-stream-archive']);

export function isDurable(topic: string): boolean {
  return !passingTopics.has(topic);
}

/** Where messages go that no delivery could settle. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/** Headers of a dead letter, besides its own: why, after how many deliveries, and where it came from. */
export const deadLetterHeaders = { reason: 'dlq-reason', deliveries: 'dlq-deliveries', topic: 'dlq-topic' } as const;

/** Kafka's default: what the embedded bus takes, the real one takes too. */
export const maxMessageBytes = 1_000_000;
