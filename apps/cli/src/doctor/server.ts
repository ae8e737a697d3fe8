/** What can be seen of the server: its parts, its services and models; when it is silent, why that may be. */

import { type Client, createClient } from '@imageflow/client';
import { modelRoutes, serviceRoutes, systemRoutes } from '@imageflow/contract';
import type { LocalizedText } from '@imageflow/core';
import type { CliConfig } from '../config.ts';
import { hasAccess, isLocal, openClient } from '../server.ts';
import { isPortFree } from '../up/ports.ts';
import { type Finding, fault, fine, hint, same } from './finding.ts';

const patienceMs = 5_000;

export async function checkServer(server: string, config: CliConfig): Promise<readonly Finding[]> {
  const health = await createClient({ baseUrl: server, timeoutMs: patienceMs })
    .call(systemRoutes.getHealth, {})
    .catch(() => undefined);
  if (health === undefined) return [await explainSilence(server), ...(isLocal(server) ? await checkServicePorts() : [])];
  const parts = health.dependencies.filter((part) => part.status !== 'healthy');
  return [
    fine(`${server} (${health.version})`),
    ...parts.map((part) =>
      fault({ ja: `${part.name} (${part.kind}) が停止しています`, en: `${part.name} (${part.kind}) is down` }, seeLogs),
    ),
    ...(await checkInside(server, config)),
  ];
}

const seeLogs: LocalizedText = {
  ja: '<データ>/logs にあるログを見て、起動し直してください',
  en: 'See its log in <data>/logs, and start it again',
};

/** What only an account may see. */
async function checkInside(server: string, config: CliConfig): Promise<readonly Finding[]> {
  const notSignedIn = hint({ ja: 'ログインしていません', en: 'Not signed in' }, same(`imageflow login --server ${server}`));
  if (!(await hasAccess(server, config))) return [notSignedIn];
  try {
    const client = await openClient(server, config);
    return [...(await checkServices(client)), ...(await checkModels(client))];
  } catch (error) {
    return [hint({ ja: `確認できません: ${String(error)}`, en: `Cannot be looked at: ${String(error)}` }, same('imageflow login'))];
  }
}

async function checkServices(client: Client): Promise<readonly Finding[]> {
  const { items } = await client.call(serviceRoutes.listServices, {});
  return items.flatMap((service) =>
    service.instances.map((instance) => {
      const name = `${service.service} ${instance.instance_id} (${instance.address})`;
      if (instance.status === 'active' || instance.status === 'busy') return fine(`${name}: ${instance.status}`);
      const what = same(`${name}: ${instance.status}${instance.trouble === null ? '' : ` – ${instance.trouble}`}`);
      if (instance.status === 'maintenance') return hint(what, { ja: 'メンテナンス中です', en: 'Somebody has put it into maintenance' });
      return fault(what, seeLogs);
    }),
  );
}

async function checkModels(client: Client): Promise<readonly Finding[]> {
  const { items } = await client.call(modelRoutes.listModels, {});
  const faulty = items.flatMap((model) => {
    const why = model.instances.find((instance) => instance.fault !== null)?.fault;
    return why === undefined || why === null ? [] : [{ name: model.name, why }];
  });
  const remedy = (name: string): LocalizedText => ({
    ja: `imageflow models remove ${name} で外すか、ファイルを直してください`,
    en: `Take it out with imageflow models remove ${name}, or correct the file`,
  });
  return [
    fine(`使えるモデル ${items.length - faulty.length} 個`, `${items.length - faulty.length} models ready`),
    ...faulty.map(({ name, why }) =>
      fault({ ja: `モデル ${name} は使えません: ${why}`, en: `The model ${name} cannot be used: ${why}` }, remedy(name)),
    ),
  ];
}

async function explainSilence(server: string): Promise<Finding> {
  const { port, protocol } = new URL(server);
  const what = { ja: `${server} から応答がありません`, en: `${server} does not answer` };
  // Behind TLS it may be the certificate that is refused, which is a finding of its own.
  if (isLocal(server) && protocol === 'http:' && !(await isPortFree(Number(port || 80)))) {
    const ja = `別のプログラムがポート ${port} を使っています。npm start -- --port で別のポートを指定してください`;
    return fault(what, { ja, en: `Another program uses port ${port}. Name another with npm start -- --port` });
  }
  return hint(what, { ja: 'npm start で起動します', en: 'Start it with npm start' });
}

/** Taken ones do not hinder a start, which then chooses others; but clients expect the usual ones. */
async function checkServicePorts(): Promise<readonly Finding[]> {
  const ports = [50050, 50051, 50052, 50053, 50054];
  const free = await Promise.all(ports.map((port) => isPortFree(port)));
  const taken = ports.filter((_port, at) => free[at] === false);
  if (taken.length === 0) return [fine('gRPC のポート 50050–50054 は空いています', 'gRPC ports 50050–50054 are free')];
  return [
    hint(
      { ja: `gRPC のポートが使用中です: ${taken.join(', ')}`, en: `gRPC ports in use: ${taken.join(', ')}` },
      { ja: '起動はできますが、別のポートが使われます', en: 'It starts all the same, with other ports' },
    ),
  ];
}
