/** What a service says of each of its methods (`ProcessorService.Describe`). */
import type { LocalizedText } from '../text.ts';

/** A JSON Schema 2020-12 document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Component {
  /** "<service>.<method>". */
  readonly component_id: string;
  readonly service: string;
  readonly method: string;
  readonly label: LocalizedText;
  readonly description: LocalizedText;
  /** Schema of the parameters object. */
  readonly parameters_schema: JsonSchema;
  readonly produces_image: boolean;
  readonly produces_detections: boolean;
  readonly consumes_detections: boolean;
  readonly streamable: boolean;
  /** Works on live video only. */
  readonly needs_stream?: boolean;
  readonly category: 'geometry' | 'detection' | 'filter' | 'quality' | 'other';
  /** Default time-out of a step, ms, and further attempts. */
  readonly default_timeout_ms: number;
  readonly default_retry_count: number;
}

/** The components known now, by component_id. */
export type Catalogue = ReadonlyMap<string, Component>;

export interface SchemaFault {
  /** JSON pointer below the checked value, e.g. "/target_width". */
  readonly path: string;
  readonly message: LocalizedText;
  readonly value: unknown;
}

/** Checks a value against a JSON Schema; handed in, so that the core needs no library. */
export type SchemaCheck = (schema: JsonSchema, value: unknown) => readonly SchemaFault[];
