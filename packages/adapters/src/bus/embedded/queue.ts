/** The durable queue as rows of bus_messages: a row is a message that is not settled yet. */
import type { BusMessage } from '@imageflow/core';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Tables } from '../../database/schema.ts';
import { deadLetterHeaders, deadLetterTopic } from '../topics.ts';

type Db = Kysely<Tables>;

export type QueuedMessage = Selectable<Tables['bus_messages']>;

export async function insertMessage(db: Db, message: BusMessage, value: string, now: Date): Promise<void> {
  await db
    .insertInto('bus_messages')
    .values({ topic: message.topic, key: message.key, value, headers: JSON.stringify(message.headers), available_at: now, created_at: now })
    .execute();
}

/**
 * The oldest messages that may be handed out, the first of each key only and none of a busy key. Their delivery is counted here, before
 * anyone sees them: a message that kills the process is found out that way.
 */
export async function claimMessages(
  db: Db,
  topic: string,
  busyKeys: readonly string[],
  limit: number,
  now: Date,
): Promise<QueuedMessage[]> {
  const { rows } = await sql<QueuedMessage>`
    update bus_messages set delivery = delivery + 1 where id in (
      select m.id from bus_messages m
      where m.topic = ${topic} and m.available_at <= ${now} and m.key <> all (${[...busyKeys]}::text[])
        and not exists (select 1 from bus_messages o where o.topic = m.topic and o.key = m.key and o.id < m.id)
      order by m.id limit ${limit}
    ) returning *`.execute(db);
  return rows.sort((a, b) => a.id - b.id);
}

/** When the next delayed message is due; undefined when none is. */
export async function nextAvailable(db: Db, topic: string, now: Date): Promise<Date | undefined> {
  const row = await db
    .selectFrom('bus_messages')
    .select((select) => select.fn.min('available_at').as('at'))
    .where('topic', '=', topic)
    .where('available_at', '>', now)
    .executeTakeFirst();
  return row?.at ?? undefined;
}

export async function deleteMessage(db: Db, id: number): Promise<void> {
  await db.deleteFrom('bus_messages').where('id', '=', id).execute();
}

/** To be handed out again at `at`, as the given delivery's successor. */
export async function releaseMessage(db: Db, id: number, delivery: number, at: Date): Promise<void> {
  await db.updateTable('bus_messages').set({ delivery, available_at: at }).where('id', '=', id).execute();
}

/** Moves a message to its dead-letter topic, in one statement; answers what it has become. */
export async function buryMessage(db: Db, message: QueuedMessage, reason: string, now: Date): Promise<BusMessage> {
  const headers = {
    ...message.headers,
    [deadLetterHeaders.reason]: reason,
    [deadLetterHeaders.deliveries]: String(message.delivery),
    [deadLetterHeaders.topic]: message.topic,
  };
  const topic = deadLetterTopic(message.topic);
  await sql`
    with gone as (delete from bus_messages where id = ${message.id} returning key, value)
    insert into bus_messages (topic, key, value, headers, available_at, created_at)
    select ${topic}::text, key, value, ${JSON.stringify(headers)}::jsonb, ${now}::timestamptz, ${now}::timestamptz from gone`.execute(db);
  return { topic, key: message.key, value: message.value, headers };
}
