/** Images for the tests: samples from the tree, and ones made here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, Output } from '@imageflow/client';
import { executionRoutes } from '@imageflow/contract';
import { vi } from 'vitest';
import { samples } from './platform.ts';

export type Execution = Output<typeof executionRoutes.getExecution>;

export function readSample(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(join(samples, name)).then((bytes) => new Uint8Array(bytes));
}

/** A form with fields and files, as `createExecution` takes it. */
export function formOf(fields: Readonly<Record<string, string>>, files: readonly (readonly [string, Uint8Array<ArrayBuffer>])[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const [name, bytes] of files) form.append('input_files', new Blob([bytes]), name);
  return form;
}

/** Answers the execution when it has ended. */
export async function runImage(
  client: Client,
  pipeline: string,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  more: Record<string, string> = {},
): Promise<Execution> {
  const form = formOf({ pipeline_id: pipeline, ...more }, [[name, bytes]]);
  const { execution_id } = await client.call(executionRoutes.createExecution, { form });
  return waitForEnd(client, execution_id);
}

export function waitForEnd(client: Client, id: string, timeoutMs = 30_000): Promise<Execution> {
  return vi.waitFor(
    async () => {
      const execution = await client.call(executionRoutes.getExecution, { params: { id } });
      if (execution.status === 'pending' || execution.status === 'running') throw new Error(`still ${execution.status}`);
      return execution;
    },
    { timeout: timeoutMs, interval: 20 },
  );
}
