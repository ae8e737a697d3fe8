/** What is said to users, in each language of the platform. */
export interface LocalizedText {
  readonly ja: string;
  readonly en: string;
}

export type Language = keyof LocalizedText;
