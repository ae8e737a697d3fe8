/** Lists that come in pages. */

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/** Everything, page after page. */
export async function collect<Item>(fetchPage: (cursor: string | undefined) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await fetchPage(cursor);
    all.push(...page.items);
    if (page.next_cursor === null) return all;
    cursor = page.next_cursor;
  }
}
