/** Lists: cursor paging, the same everywhere. */
import { z } from 'zod';

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'Items a page' }),
  cursor: z.string().min(1).max(500).optional().meta({ description: 'next_cursor of the page before' }),
});

/** `next_cursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}
