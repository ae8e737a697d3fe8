/** Japanese texts of a parameter, beside JSON Schema's own title and description. */
export function labelled(title: string, titleJa: string, description: string, descriptionJa: string): Record<string, string> {
  return { title, 'x-label-ja': titleJa, description, 'x-description-ja': descriptionJa };
}
