/** The data that flows between steps. */

/** An image in the object store. Sizes in pixels of the upright image; 0 = not known yet. */
export interface ImageReference {
  readonly key: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels; x, y is the top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Detection {
  readonly class_name: string;
  readonly class_id: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** Pixels of the image it was found in. */
  readonly bbox: Box;
  /** Pixels of the upright original. */
  readonly bbox_original: Box;
  /** In live video: the same object has the same number in all frames, from 1; absent = not tracked. */
  readonly track_id?: number;
}

/** Affine map from the upright original to an image: x' = a·x + b·y + tx, y' = c·x + d·y + ty. */
export interface Transform {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
  readonly original_width: number;
  readonly original_height: number;
}

/** Named numbers, e.g. sharpness; units are in the component's description. */
export type Measures = Readonly<Record<string, number>>;

export interface ModelIdentity {
  readonly name: string;
  readonly sha256: string;
  readonly license: string;
  readonly adapter: string;
}
