// Asks the service of this container whether it takes calls: exit code 0 or 1. In a file of its own, since the image has no grpcurl.
import * as grpc from '@grpc/grpc-js';

const port = /:(\d+)$/.exec(process.env.IMAGEFLOW_LISTEN ?? '')?.[1] ?? '50051';
const raw = (bytes) => bytes;
const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const deadline = Date.now() + 4_000;

client.makeUnaryRequest('/grpc.health.v1.Health/Check', raw, raw, Buffer.alloc(0), new grpc.Metadata(), { deadline }, (error, answer) => {
  // Field 1, SERVING.
  process.exit(error === null && answer.equals(Buffer.from([8, 1])) ? 0 : 1);
});
