/** Walks a list to its end. */
export async function walk<T>(page: (after: string | undefined) => Promise<{ items: T[]; next?: string | null }>): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const answer = await page(after);
    all.push(...answer.items);
    after = answer.next ?? undefined;
  } while (after);
  return all;
}
