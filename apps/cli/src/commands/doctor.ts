/** `imageflow doctor`: looks at everything a working installation needs; each line says what to do. */
import { access, constants, readdir, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { systemRoutes } from '@imageflow/api';
import { createClient } from '@imageflow/api/client';
import type { LocalizedText } from '@imageflow/core';
import { exitCodes } from '../exit.ts';
import type { Say } from '../language.ts';
import { chooseServer, hasSignin } from '../signins.ts';
import { isPortFree } from '../up/ports.ts';

interface Finding {
  readonly state: 'ok' | 'hint' | 'fault';
  readonly what: LocalizedText;
  /** What to do; for hints and faults. */
  readonly advice?: LocalizedText;
}

export interface DoctorOptions {
  readonly server?: string;
  readonly dataDir: string;
  readonly json?: boolean;
}

const neededBytes = 1_000_000_000;
const root = join(import.meta.dirname, '../../../..');

export async function doctor(options: DoctorOptions, say: Say): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const server = await chooseServer(options.server);
  const findings = (
    await Promise.all([checkNode(), checkMemory(), checkModels(), checkData(dataDir), checkDisk(dataDir), checkServer(server)])
  ).flat();
  if (options.json === true) console.log(JSON.stringify(findings, null, 2));
  else for (const finding of findings) print(finding, say);
  if (findings.some((finding) => finding.state === 'fault')) process.exitCode = exitCodes.failed;
}

function print({ state, what, advice }: Finding, say: Say): void {
  const mark = { ok: '✓', hint: '·', fault: '✗' }[state];
  console.log(`${mark} ${say(what)}${advice === undefined ? '' : `\n    → ${say(advice)}`}`);
}

async function checkNode(): Promise<Finding[]> {
  // This program only starts under a Node that is new enough.
  return [{ state: 'ok', what: same(`Node ${process.versions.node} (${process.platform} ${process.arch})`) }];
}

async function checkMemory(): Promise<Finding[]> {
  const gib = totalmem() / 1024 ** 3;
  const what = { ja: `メモリ ${gib.toFixed(1)} GiB`, en: `${gib.toFixed(1)} GiB of memory` };
  if (gib >= 2) return [{ state: 'ok', what }];
  return [{ state: 'hint', what, advice: { ja: '2 GiB 以上を勧めます', en: '2 GiB or more are advised' } }];
}

async function checkModels(): Promise<Finding[]> {
  const files = (await readdir(join(root, 'models')).catch(() => [])).filter((name) => name.endsWith('.onnx'));
  if (files.length >= 3) return [{ state: 'ok', what: { ja: `同梱モデル ${files.length} 個`, en: `${files.length} shipped models` } }];
  const what = { ja: '同梱モデルが足りません', en: 'Shipped models are missing' };
  return [
    { state: 'fault', what, advice: { ja: 'git checkout -- models で戻してください', en: 'Bring them back with git checkout -- models' } },
  ];
}

async function checkData(dataDir: string): Promise<Finding[]> {
  const what = { ja: `データ: ${dataDir}`, en: `Data: ${dataDir}` };
  try {
    await access(dataDir, constants.R_OK | constants.W_OK);
    return [{ state: 'ok', what }];
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const absent = { ja: 'まだありません。最初の起動で作られます', en: 'Not there yet; the first start makes it' };
    const closed = { ja: 'このフォルダに書き込めるようにしてください', en: 'Make this folder writable' };
    return [{ state: isAbsent ? 'hint' : 'fault', what, advice: isAbsent ? absent : closed }];
  }
}

async function checkDisk(dataDir: string): Promise<Finding[]> {
  const facts = await statfs(dataDir).catch(() => statfs(root));
  const free = facts.bavail * facts.bsize;
  const what = { ja: `空き容量 ${(free / 1e9).toFixed(1)} GB`, en: `${(free / 1e9).toFixed(1)} GB free` };
  if (free >= neededBytes) return [{ state: 'ok', what }];
  return [{ state: 'fault', what, advice: { ja: '1 GB 以上空けてください', en: 'Free at least 1 GB' } }];
}

async function checkServer(server: string): Promise<Finding[]> {
  const client = createClient({ baseUrl: server, timeoutMs: 5_000 });
  try {
    const health = await client.call(systemRoutes.getHealth, {});
    const findings: Finding[] = [{ state: health.status === 'healthy' ? 'ok' : 'fault', what: same(`${server}: ${health.status}`) }];
    if (await hasSignin(server)) findings.push({ state: 'ok', what: { ja: 'ログイン済み', en: 'Signed in' } });
    else findings.push({ state: 'hint', what: { ja: 'ログインしていません', en: 'Not signed in' }, advice: same('imageflow login') });
    return findings;
  } catch {
    return [await explainSilence(server)];
  }
}

async function explainSilence(server: string): Promise<Finding> {
  const { hostname, port } = new URL(server);
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1';
  const what = { ja: `${server} から応答がありません`, en: `${server} does not answer` };
  if (isLocal && !(await isPortFree(Number(port || 80)))) {
    return {
      state: 'fault',
      what,
      advice: { ja: `別のプログラムがポート ${port} を使っています`, en: `Another program uses port ${port}` },
    };
  }
  return { state: 'hint', what, advice: { ja: 'npm start で起動します', en: 'Start it with npm start' } };
}

function same(text: string): LocalizedText {
  return { ja: text, en: text };
}
