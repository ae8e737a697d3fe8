"""A processing step for ImageFlowCanvas, whole in one file: does a part have the colour it should have?

It implements imageflow.v1.ProcessorService (Describe, Process, HealthCheck), announces itself to the backend and repeats that as a
heartbeat. While it runs, its component "ColorCheckService.MeasureColor" is in /components, in the canvas and in validation.
"""

import argparse
import io
import json
import os
import signal
import sys
import threading
import time
from concurrent import futures
from pathlib import Path

import grpc
from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

HERE = Path(__file__).resolve().parent
# The contract lies in the platform's repository; a service elsewhere keeps a copy of the folder.
sys.path.insert(0, os.environ.get("IMAGEFLOW_PROTO_DIR", str(HERE / "../../packages/grpc/proto")))
processor, processor_rpc = grpc.protos_and_services("imageflow/v1/processor.proto")
registry, registry_rpc = grpc.protos_and_services("imageflow/v1/registry.proto")
common = grpc.protos("imageflow/v1/common.proto")

SERVICE = "ColorCheckService"
METHOD = "MeasureColor"
VERSION = "1.0.0"
MAX_MESSAGE_BYTES = 64 * 1024 * 1024

# The canvas makes its form of this, and the platform checks every pipeline against it.
PARAMETERS = {
    "type": "object",
    "properties": {
        "expected_color": {
            "type": "string",
            "pattern": "^#[0-9a-fA-F]{6}$",
            "default": "#808080",
            "title": "Expected colour",
            "x-label-ja": "基準色",
        },
        "tolerance": {
            "type": "number",
            "minimum": 0,
            "maximum": 100,
            "default": 10,
            "title": "Tolerance (ΔE*ab, CIE 1976)",
            "x-label-ja": "許容色差 (ΔE*ab)",
        },
    },
    "additionalProperties": False,
}


class ColorCheck(processor_rpc.ProcessorServiceServicer):
    def __init__(self, instance_id):
        self.instance_id = instance_id
        self.started = time.monotonic()
        self.lock = threading.Lock()
        self.running = self.completed = self.failed = 0

    def Describe(self, request, context):
        component = processor.ComponentDescription(
            method=METHOD,
            label=processor.LocalizedText(ja="色検査", en="Colour check"),
            description=processor.LocalizedText(
                ja="画像の平均色を基準色と比べ、色差 ΔE*ab が許容を超えたら検出として報告します",
                en="Compares the mean colour with the expected one; a difference over the tolerance is reported as a detection",
            ),
            parameters_schema_json=json.dumps(PARAMETERS),
            produces_detections=True,
            category="quality",
            # It does not reach the object store: images come inside the messages.
            inline_images=True,
        )
        return processor.DescribeResponse(service_name=SERVICE, version=VERSION, components=[component])

    def HealthCheck(self, request, context):
        return common.HealthCheckResponse(
            status="SERVING",
            version=VERSION,
            instance_id=self.instance_id,
            connections=self.running,
            calls_completed=self.completed,
            calls_failed=self.failed,
            uptime_seconds=int(time.monotonic() - self.started),
        )

    def Process(self, request, context):
        with self.lock:
            self.running += 1
        try:
            response = measure(request, context)
            with self.lock:
                self.completed += 1
            return response
        except Exception:
            with self.lock:
                self.failed += 1
            raise
        finally:
            with self.lock:
                self.running -= 1


def measure(request, context):
    started = time.perf_counter()
    parameters = json.loads(request.parameters_json or "{}")
    expected = parse_color(parameters.get("expected_color", "#808080"))
    tolerance = float(parameters.get("tolerance", 10))
    image = open_image(request.input_bytes, context)
    mean = ImageStat.Stat(image).mean
    difference = sum((a - b) ** 2 for a, b in zip(to_lab(mean), to_lab(expected))) ** 0.5
    response = processor.ProcessResponse(
        detections=request.detections,
        attributes_json=json.dumps({"mean_color": "#%02x%02x%02x" % tuple(round(value) for value in mean)}),
    )
    if request.HasField("transform"):
        response.transform.CopyFrom(request.transform)
    response.measures.update({"delta_e": difference, "mean_red": mean[0], "mean_green": mean[1], "mean_blue": mean[2]})
    if difference > tolerance:
        response.detections.append(deviation(image, difference, tolerance))
    response.result.status = common.PROCESSING_STATUS_COMPLETED
    response.result.processing_time_seconds = time.perf_counter() - started
    return response


def deviation(image, difference, tolerance):
    """The whole image is the place; the platform maps it to the original by the transform."""
    return common.Detection(
        class_name="color_deviation",
        confidence=min(1.0, 0.5 * difference / max(tolerance, 1e-6)),
        bbox=common.BoundingBox(x=0, y=0, width=image.width, height=image.height),
    )


def open_image(image, context):
    """RAW between steps (8-bit RGB, rows top to bottom), else an encoded file whose orientation is still to be applied."""
    try:
        if image.format == "RAW":
            return Image.frombytes("RGB", (image.width, image.height), image.data)
        return ImageOps.exif_transpose(Image.open(io.BytesIO(image.data))).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError) as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"The image cannot be read: {error}")


def parse_color(text):
    return [int(text[start : start + 2], 16) for start in (1, 3, 5)]


def to_lab(rgb):
    """sRGB (0 to 255) to CIE L*a*b*, D65 (IEC 61966-2-1, CIE 15)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    xyz = [sum(weight * c for weight, c in zip(row, linear)) / w for row, w in zip(rows, white)]
    x, y, z = (v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def announce(backend, key, request, stopping):
    """Registers, and again within the time the backend asks for; a backend that is away is tried until it is back."""
    metadata = (("authorization", f"Bearer {key}"),)
    with grpc.insecure_channel(backend) as channel:
        stub = registry_rpc.RegistryServiceStub(channel)
        wait = 0.0
        while not stopping.wait(wait):
            try:
                wait = stub.Register(request, metadata=metadata, timeout=5).heartbeat_seconds
            except grpc.RpcError as error:
                print(f"cannot register at {backend}: {error.details()}", file=sys.stderr, flush=True)
                wait = 2.0
        try:
            stub.Deregister(registry.DeregisterRequest(instance_id=request.instance_id), metadata=metadata, timeout=5)
        except grpc.RpcError:
            pass  # The heartbeat that is missing takes the instance out.


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", default="127.0.0.1:0", help="where to serve; port 0 = any free one")
    parser.add_argument("--address", help="host:port as the backend reaches it (default: where it listens)")
    parser.add_argument("--backend", default="127.0.0.1:50050", help="the backend's gRPC address")
    parser.add_argument("--key-file", default="data/service-key.txt", help="or set IMAGEFLOW_SERVICE_KEY")
    parser.add_argument("--instance-id", default="color-check-python")
    options = parser.parse_args()
    key = os.environ.get("IMAGEFLOW_SERVICE_KEY") or Path(options.key_file).read_text().strip()

    limits = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.max_send_message_length", MAX_MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=os.cpu_count()), options=limits)
    processor_rpc.add_ProcessorServiceServicer_to_server(ColorCheck(options.instance_id), server)
    port = server.add_insecure_port(options.listen)
    server.start()
    address = options.address or f"{options.listen.rpartition(':')[0]}:{port}"
    print(f"{SERVICE} listens on {address}", flush=True)

    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    request = registry.RegisterRequest(instance_id=options.instance_id, address=address, max_connections=os.cpu_count())
    announcer = threading.Thread(target=announce, args=(options.backend, key, request, stopping))
    announcer.start()
    # A thread cannot be joined for ever on the main thread, or signals would wait too.
    while announcer.is_alive():
        announcer.join(0.5)
    server.stop(grace=10).wait()


if __name__ == "__main__":
    main()
