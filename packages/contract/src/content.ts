/** Bytes that are sent whole or in part, and not again to who has them. */
import { z } from 'zod';

export const contentConditions = z.object({
  range: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'One range of bytes', examples: ['bytes=0-1023'] }),
  'if-range': z.string().max(200).optional(),
  'if-none-match': z.string().max(500).optional(),
  'if-modified-since': z.string().max(100).optional(),
});

export const contentHeaders = {
  ETag: 'For If-None-Match and If-Range',
  'Last-Modified': 'Time of storing',
  'Accept-Ranges': 'bytes',
} as const;

export const contentAnswers = <H extends Readonly<Record<string, string>>>(contentTypes: readonly string[], headers: H) =>
  ({
    200: { description: 'The content', contentTypes, headers },
    206: { description: 'The wanted range', contentTypes, headers: { ...headers, 'Content-Range': 'What of the whole this is' } },
    304: { description: 'Not changed', headers },
  }) as const;
