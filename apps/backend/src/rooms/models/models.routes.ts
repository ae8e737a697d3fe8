/** Models over REST. */
import { modelRoutes } from '@imageflow/contract';
import { AppError, type Clock } from '@imageflow/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { drainBody, toFormError } from '../../doors/multipart.ts';
import { register } from '../../doors/rest.ts';
import { type AboutModel, type ModelsService, type ModelView, maxModelBytes, type ReceivedModel } from './models.service.ts';

export interface ModelRouteNeeds {
  readonly models: ModelsService;
  readonly clock: Clock;
}

export function registerModelRoutes(app: FastifyInstance, { models, clock }: ModelRouteNeeds): void {
  register(app, modelRoutes.listModels, async ({ signal }) => {
    return { status: 200, body: { items: (await models.list(signal)).map(toWire), next_cursor: null } };
  });
  register(app, modelRoutes.getModel, async ({ params, signal }) => {
    return { status: 200, body: toWire(await models.get(params.name, signal)) };
  });
  register(app, modelRoutes.addModel, async ({ request, signal, note }) => {
    const form = await readForm(request, { models, clock }, signal);
    const model = await models.add(form.received, form.about, signal);
    note(form.about.name, { sha256: model.description.info?.sha256 });
    return { status: 201, headers: { location: `/api/v1/models/${form.about.name}` }, body: toWire(model) };
  });
  register(app, modelRoutes.deleteModel, async ({ params, signal, note }) => {
    await models.remove(params.name, signal);
    note(params.name);
    return { status: 204 };
  });
}

interface ModelForm {
  readonly received: ReceivedModel;
  readonly about: AboutModel;
}

/** Parts may come in any order; whatever is wrong, the file does not stay. */
async function readForm(request: FastifyRequest, { models, clock }: ModelRouteNeeds, signal: AbortSignal): Promise<ModelForm> {
  const fields = new Map<string, string>();
  let received: ReceivedModel | undefined;
  let filename = '';
  try {
    for await (const part of request.parts({ limits: { fileSize: maxModelBytes + 1, files: 1 } })) {
      if (part.type === 'field') fields.set(part.fieldname, String(part.value));
      else {
        filename = part.filename;
        received = await models.receive(part.file, signal);
      }
    }
    if (received === undefined || received.sizeBytes === 0) throw invalid('file', 'モデルファイルがありません', 'There is no model file');
    const labels = fields.get('labels') ?? '';
    return { received, about: { name: parseName(fields.get('name'), filename), labels, license: fields.get('license') ?? '' } };
  } catch (error) {
    drainBody(request.raw, clock);
    if (received !== undefined) await models.discard(received);
    throw toFormError(error, 1);
  }
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** A given name is taken as it is; one made of the file's name is brought into shape. */
function parseName(given: string | undefined, filename: string): string {
  const name =
    given ??
    filename
      .replace(/\.onnx$/i, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '');
  if (namePattern.test(name)) return name;
  throw invalid(
    'name',
    'モデル名には英小文字・数字・「.」「_」「-」を 64 文字まで使えます',
    'A model name has up to 64 lower-case letters, digits, ".", "_" and "-"',
    name,
  );
}

function toWire({ description, instances }: ModelView) {
  const { info, ...rest } = description;
  return {
    name: info?.name ?? '',
    sha256: info?.sha256 ?? '',
    license: info?.license ?? '',
    adapter: info?.adapter ?? '',
    description: info?.description ?? '',
    task: rest.task,
    class_names: [...rest.class_names],
    input_width: rest.input_width,
    input_height: rest.input_height,
    input_type: rest.input_type,
    end_to_end: rest.end_to_end,
    default_confidence_threshold: hundredths(rest.default_confidence_threshold),
    default_iou_threshold: hundredths(rest.default_iou_threshold),
    origin: rest.origin,
    size_bytes: rest.size_bytes,
    instances: instances.map(({ instanceId, isLoaded, fault }) => ({ instance_id: instanceId, loaded: isLoaded, fault: fault || null })),
  };
}

/** The messages carry 32-bit floats: 0.45 arrives as 0.44999998807907104. */
function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

function invalid(field: string, ja: string, en: string, value?: string): AppError {
  const fault = { field, message: { ja, en }, ...(value !== undefined && { value: value.slice(0, 100) }) };
  return new AppError('VALIDATION_ERROR', { detail: { ja, en }, faults: [fault] });
}
