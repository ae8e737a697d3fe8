/** What a user of the design document does, on the whole platform: §3, §5.1, §6.5, §8.1.2, §8.1.3. */

import { ApiError, type Client } from '@imageflow/client';
import { executionRoutes, fileRoutes, pipelineRoutes } from '@imageflow/contract';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columns } from './columns.ts';
import { designPipeline } from './design.ts';
import { formOf, readSample, runImage, waitForEnd } from './images.ts';
import { openTestPlatform, type TestPlatform } from './platform.ts';
import { type Box, type Found, score } from './score.ts';

for (const column of columns) {
  describe.skipIf(column.isLeftOut)(`on ${column.name}`, () => {
    let platform: TestPlatform;
    let client: Client;

    beforeAll(async () => {
      platform = await openTestPlatform({}, column);
      client = await platform.client('engineer');
    }, 120_000);
    afterAll(() => platform?.close());

    const refusal = (call: Promise<unknown>): Promise<ApiError> =>
      call.then(
        () => expect.fail('was accepted'),
        (error: unknown) => (error instanceof ApiError ? error : Promise.reject(error)),
      );

    describe('the pipeline of the design document', () => {
      test('is stored as printed and runs', async () => {
        await client.call(pipelineRoutes.deletePipeline, { params: { id: designPipeline.pipeline_id } });
        const stored = await client.call(pipelineRoutes.createPipeline, { body: designPipeline });
        expect(stored).toMatchObject({ pipeline_id: 'quality-inspection-v1', current_version: 1, name: '品質検査パイプライン' });
        const execution = await runImage(client, designPipeline.pipeline_id, 'plate.png', await readSample('defects/4000_0001.png'));
        expect(execution, JSON.stringify(execution.error)).toMatchObject({ status: 'completed', execution_mode: 'direct_grpc' });
        expect(execution.steps.map((step) => [step.step_id, step.status])).toEqual([
          ['resize', 'completed'],
          ['ai_detection', 'completed'],
          ['quality_filter', 'completed'],
        ]);
        expect(execution.processing_time_ms).toBeGreaterThan(0);
      });

      const [resize, detection, quality] = designPipeline.steps;
      test.each([
        ['a cycle', [{ ...resize, depends_on: ['quality_filter'] }, detection, quality], /^steps\[\d\]\.depends_on/],
        ['a dependency that is not there', [resize, { ...detection, depends_on: ['resizer'] }, quality], /^steps\[1\]\.depends_on\[0\]/],
        ['an unknown service', [{ ...resize, service: 'ShrinkService' }, detection, quality], /^steps\[0\]\.service/],
        ['an unknown method', [{ ...resize, method: 'Shrink' }, detection, quality], /^steps\[0\]\.method/],
        ['a wrong type', [{ ...resize, timeout_ms: 'soon' }, detection, quality], /^steps\[0\]\.timeout_ms/],
        [
          'a wrong parameter',
          [{ ...resize, parameters: { target_width: -5 } }, detection, quality],
          /^steps\[0\]\.parameters\.target_width/,
        ],
        ['a step twice', [resize, resize, detection, quality], /^steps\[1\]\.step_id/],
      ])('is refused with %s, the place named', async (_what, steps, place) => {
        const error = await refusal(
          client.call(pipelineRoutes.createPipeline, { body: { ...designPipeline, pipeline_id: 'variant', steps } }),
        );
        expect([400, 422]).toContain(error.status);
        expect(error.problem.validation_errors.map((fault) => fault.field)).toEqual(expect.arrayContaining([expect.stringMatching(place)]));
        const validation = await client.call(pipelineRoutes.validatePipeline, {
          body: { ...designPipeline, pipeline_id: 'variant', steps },
        });
        expect(validation.valid).toBe(false);
      });
    });

    describe('POST /v1/executions', () => {
      test('takes several files, parameters and a priority under the public base address', async () => {
        const files = [
          ['a.png', await readSample('defects/4000_0001.png')],
          ['b.png', await readSample('defects/4000_0002.png')],
        ] as const;
        const fields = {
          pipeline_id: 'quality-inspection-v1',
          parameters: '{"resize":{"target_width":320,"target_height":320}}',
          priority: 'high',
        };
        const token = await tokenOf('engineer');
        const answer = await fetch(`${platform.address}/v1/executions`, {
          method: 'POST',
          headers: { authorization: token },
          body: formOf(fields, files),
        });
        const accepted = (await answer.json()) as { execution_id: string; status: string };
        expect([answer.status, accepted.status]).toEqual([202, expect.stringMatching(/^(pending|running)$/)]);
        expect(answer.headers.get('location')).toContain(accepted.execution_id);
        const execution = await waitForEnd(client, accepted.execution_id);
        expect(execution).toMatchObject({ status: 'completed', priority: 'high' });
        expect(execution.output_files.map((file) => [file.input, file.width])).toEqual([
          [0, 320],
          [1, 320],
        ]);
      });

      test('finds a cat and a person', async () => {
        const classesOf = async (name: string): Promise<readonly string[]> => {
          const execution = await runImage(client, 'coco-detection', name, await readSample(`photos/${name}`));
          return execution.steps.flatMap((step) => step.detections.map((found) => found.class_name));
        };
        expect(await classesOf('chelsea.png')).toContain('cat');
        expect(await classesOf('astronaut.png')).toContain('person');
      });

      test('is safe to repeat with an Idempotency-Key', async () => {
        const image = await readSample('defects/4000_0003.png');
        const send = (key: string, name = 'x.png') =>
          client.call(executionRoutes.createExecution, {
            headers: { 'idempotency-key': key },
            form: formOf({ pipeline_id: 'quality-inspection-v1' }, [[name, image]]),
          });
        const [first, second] = [await send('k-1'), await send('k-1')];
        expect(second.execution_id).toBe(first.execution_id);
        expect((await send('k-2')).execution_id).not.toBe(first.execution_id);
        expect((await refusal(send('k-1', 'other.png'))).code).toBe('IDEMPOTENCY_MISMATCH');
      });

      test('can be cancelled while it waits, again and again, and not after its end', async () => {
        const image = await readSample('photos/china.jpg');
        const start = (priority: string) =>
          client.call(executionRoutes.createExecution, { form: formOf({ pipeline_id: 'coco-detection', priority }, [['x.jpg', image]]) });
        const busy = await Promise.all(Array.from({ length: 6 }, () => start('normal')));
        const { execution_id: id } = await start('low');
        expect(await client.call(executionRoutes.cancelExecution, { params: { id } })).toMatchObject({ status: 'cancelled' });
        expect(await client.call(executionRoutes.cancelExecution, { params: { id } })).toMatchObject({ status: 'cancelled' });
        const [done] = await Promise.all(busy.map(({ execution_id }) => waitForEnd(client, execution_id)));
        expect(done?.status).toBe('completed');
        const late = await refusal(client.call(executionRoutes.cancelExecution, { params: { id: done?.execution_id ?? '' } }));
        expect(late).toMatchObject({ status: 409, code: 'CONFLICT' });
      });
    });

    describe('EXIF orientation 6', () => {
      // The turned JPEG has other blocks than the upright one, so its pixels differ by some grey levels and its boxes by a few pixels.
      test.each([
        ['png', {}, 0],
        ['tiff', { compression: 'deflate' }, 0],
        ['jpeg', { quality: 100, chromaSubsampling: '4:4:4' }, 3],
      ] as const)('gives the same bbox_original as the upright twin (%s)', async (format, options, tolerance) => {
        const upright = await sharp(await readSample('photos/chelsea.png'))
          .removeAlpha()
          .toFormat(format, options)
          .toBuffer();
        // Orientation 6: shown after a quarter turn clockwise.
        const turned = await sharp(upright).rotate(270).toFormat(format, options).withMetadata({ orientation: 6 }).toBuffer();
        expect((await sharp(turned).metadata()).orientation).toBe(6);
        const [expected, found] = [await detect(`upright.${format}`, upright), await detect(`turned.${format}`, turned)];
        expect(found.map(({ class_name }) => class_name)).toEqual(['cat']);
        expect(expected.map(({ class_name }) => class_name)).toEqual(['cat']);
        for (const side of ['x', 'y', 'width', 'height'] as const) {
          const difference = Math.abs((found[0]?.bbox_original[side] ?? 0) - (expected[0]?.bbox_original[side] ?? Number.NaN));
          expect(difference, side).toBeLessThanOrEqual(tolerance);
        }
      });
    });

    async function detect(name: string, bytes: Buffer) {
      const execution = await runImage(client, 'coco-detection', name, new Uint8Array(bytes));
      expect(execution.status, JSON.stringify(execution.error)).toBe('completed');
      return execution.steps.find((step) => step.step_id === 'detect')?.detections ?? [];
    }

    describe('roles', () => {
      test('decide who may do what; without a sign-in nothing is told', async () => {
        const [viewer, inspector] = [await platform.client('viewer'), await platform.client('inspector')];
        const form = () => formOf({ pipeline_id: 'coco-detection' }, []);
        expect(await refusal(viewer.call(executionRoutes.createExecution, { form: form() }))).toMatchObject({
          status: 403,
          code: 'FORBIDDEN',
        });
        expect(await refusal(inspector.call(pipelineRoutes.createPipeline, { body: designPipeline }))).toMatchObject({ status: 403 });
        expect((await viewer.call(pipelineRoutes.listPipelines, {})).items.length).toBeGreaterThan(0);
        const answer = await fetch(`${platform.address}/api/v1/pipelines/quality-inspection-v1`);
        expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8']);
      });
    });

    describe('editing a pipeline', () => {
      test('needs the ETag that was read: 428 without it, 412 with an old one, 304 when nothing changed', async () => {
        const params = { id: 'edited' };
        const body = { ...designPipeline, pipeline_id: 'edited' };
        const { headers } = await client.send(pipelineRoutes.createPipeline, { body });
        const etag = headers.get('etag') ?? '';
        const put = (ifMatch?: string) =>
          client.send(pipelineRoutes.updatePipeline, { params, headers: { 'if-match': ifMatch }, body: { ...body, description: 'new' } });
        expect(await refusal(put())).toMatchObject({ status: 428 });
        const changed = await put(etag);
        expect(changed.body).toMatchObject({ current_version: 2, description: 'new' });
        expect(await refusal(put(etag))).toMatchObject({ status: 412 });
        const unchanged = await client.send(pipelineRoutes.getPipeline, {
          params,
          headers: { 'if-none-match': changed.headers.get('etag') ?? '' },
        });
        expect(unchanged.status).toBe(304);
      });
    });

    describe('downloads', () => {
      test('come whole, in ranges, conditionally, and as a thumbnail', async () => {
        const execution = await runImage(client, 'quality-inspection-v1', 'plate.png', await readSample('defects/4000_0004.png'));
        const [file] = execution.output_files;
        const params = { id: file?.file_id ?? '' };
        const whole = await client.send(fileRoutes.downloadFile, { params });
        const bytes = Buffer.from(await whole.response.arrayBuffer());
        expect([whole.status, bytes.length, bytes.subarray(1, 4).toString()]).toEqual([200, file?.size_bytes, 'PNG']);
        const part = await client.send(fileRoutes.getFile, { params, headers: { range: 'bytes=10-19' } });
        expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${bytes.length}`]);
        expect(Buffer.from(await part.response.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
        const beyond = await refusal(client.send(fileRoutes.getFile, { params, headers: { range: `bytes=${bytes.length}-` } }));
        expect(beyond).toMatchObject({ status: 416, code: 'RANGE_NOT_SATISFIABLE' });
        const known = await client.send(fileRoutes.getFile, { params, headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
        expect(known.status).toBe(304);
        const small = await client.send(fileRoutes.getThumbnail, { params, query: { size: 128 } });
        expect(small.headers.get('content-type')).toBe('image/jpeg');
        const { width = 0, height = 0 } = await sharp(Buffer.from(await small.response.arrayBuffer())).metadata();
        expect(Math.max(width, height)).toBe(128);
      });
    });

    async function tokenOf(role: 'engineer'): Promise<string> {
      const answer = await fetch(`${platform.address}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: `${role}-of-the-tests`, password: 'a-user-of-the-tests' }),
      });
      return `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
    }

    async function readJson<T>(name: string): Promise<T> {
      return JSON.parse(Buffer.from(await readSample(name)).toString()) as T;
    }

    test('the defects of ground_truth.json are found at the published precision and recall', async () => {
      const { images } = await readJson<{ images: { file: string; objects: { label: string; bbox: Box }[] }[] }>(
        'defects/ground_truth.json',
      );
      const published = await readJson<{ images: Record<string, { label: string; bbox: Box }[]> }>('defects/predictions.json');
      const found = await inspect(images.map((image) => image.file));
      const truth = images.map(({ objects }) => objects.map(({ label, bbox }) => ({ label, box: bbox })));
      const expected = images.map(({ file }) => (published.images[file] ?? []).map(({ label, bbox }) => ({ label, box: bbox })));
      const [ours, theirs] = [score(found, truth), score(expected, truth)];
      expect(ours.precision).toBeGreaterThanOrEqual(theirs.precision - 0.02);
      expect(ours.recall).toBeGreaterThanOrEqual(theirs.recall - 0.02);
    });

    /** One execution with all of them, boxes in pixels of the originals. */
    async function inspect(names: readonly string[]): Promise<Found[][]> {
      const files = await Promise.all(names.map(async (name) => [name, await readSample(`defects/${name}`)] as const));
      const fields = { pipeline_id: 'quality-inspection-v1', parameters: '{"ai_detection":{"confidence_threshold":0.4}}' };
      const { execution_id } = await client.call(executionRoutes.createExecution, { form: formOf(fields, files) });
      const execution = await waitForEnd(client, execution_id);
      expect(execution.status, JSON.stringify(execution.error)).toBe('completed');
      expect(execution.output_files).toHaveLength(names.length);
      return names.map((_name, input) => {
        const step = execution.steps.find((each) => each.input === input && each.step_id === 'ai_detection');
        return (step?.detections ?? []).map(({ class_name, bbox_original: { x, y, width, height } }) => ({
          label: class_name,
          box: [x, y, x + width, y + height],
        }));
      });
    }
  });
}
