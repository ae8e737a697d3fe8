"""Detection as it is usually written in Python, for bench scenario 5.

usage: detection.py onnxruntime|ultralytics MODEL.onnx SIDE IMAGE THREADS
       detection.py export FILE.onnx     (a YOLO11n with random weights at 640; needs ultralytics)
       detection.py has-ultralytics

Prints "ready", then for each line with a number reads, detects and answers that many times: a JSON list of milliseconds.
"""
import json
import sys
import time

import cv2
import numpy as np

CONFIDENCE, IOU, MOST = 0.25, 0.7, 300


def letterbox(image, side):
    height, width = image.shape[:2]
    ratio = min(side / height, side / width)
    inner_width, inner_height = round(width * ratio), round(height * ratio)
    if (inner_width, inner_height) != (width, height):
        image = cv2.resize(image, (inner_width, inner_height), interpolation=cv2.INTER_LINEAR)
    left, top = (side - inner_width) // 2, (side - inner_height) // 2
    right, bottom = side - inner_width - left, side - inner_height - top
    image = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(114, 114, 114))
    return image, left, top, inner_width / width, inner_height / height


def suppress(boxes, scores, classes):
    """Greedy, within each class: boxes of different classes are moved apart."""
    moved = boxes + classes[:, None] * 8192.0
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    order, kept = scores.argsort()[::-1], []
    while order.size and len(kept) < MOST:
        best, rest = order[0], order[1:]
        kept.append(best)
        low = np.maximum(moved[best, :2], moved[rest, :2])
        size = np.clip(np.minimum(moved[best, 2:], moved[rest, 2:]) - low, 0, None)
        shared = size[:, 0] * size[:, 1]
        order = rest[shared / (areas[best] + areas[rest] - shared + 1e-9) <= IOU]
    return kept


def open_onnxruntime(model, side, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def detect(path):
        image, left, top, gain_x, gain_y = letterbox(cv2.imread(path), side)
        tensor = np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB).transpose(2, 0, 1)[None], dtype=np.float32)
        tensor /= 255
        output = session.run(None, {name: tensor})[0][0]
        scores = output[4:].max(0)
        wanted = scores > CONFIDENCE
        output, scores = output[:, wanted], scores[wanted]
        x, y, width, height = output[:4]
        boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1)
        classes = output[4:].argmax(0) if scores.size else np.zeros(0, np.int64)
        kept = suppress(boxes, scores, classes)
        boxes = (boxes[kept] - [left, top, left, top]) / [gain_x, gain_y, gain_x, gain_y]
        return [(int(classes[k]), float(scores[k]), box.tolist()) for k, box in zip(kept, boxes)]

    return detect


def limit_onnxruntime(threads):
    """ultralytics leaves its session's threads to onnxruntime, which takes all cores."""
    import onnxruntime

    open_session = onnxruntime.InferenceSession

    def open_limited(model, options=None, **rest):
        options = options or onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return open_session(model, options, **rest)

    onnxruntime.InferenceSession = open_limited


def open_ultralytics(model, side, threads):
    import torch
    from ultralytics import YOLO

    torch.set_num_threads(threads)
    limit_onnxruntime(threads)
    network = YOLO(model, task="detect")

    def detect(path):
        result = network.predict(path, imgsz=side, conf=CONFIDENCE, iou=IOU, max_det=MOST, device="cpu", verbose=False)[0].boxes
        return [(int(c), float(s), box.tolist()) for c, s, box in zip(result.cls, result.conf, result.xyxy)]

    return detect


def main():
    kind, *rest = sys.argv[1:]
    if kind == "has-ultralytics":
        import ultralytics  # noqa: F401

        return
    if kind == "export":
        from ultralytics import YOLO

        made = YOLO("yolo11n.yaml").export(format="onnx", imgsz=640)
        __import__("shutil").move(made, rest[0])
        return
    model, side, image, threads = rest[0], int(rest[1]), rest[2], int(rest[3])
    cv2.setNumThreads(threads)
    detect = {"onnxruntime": open_onnxruntime, "ultralytics": open_ultralytics}[kind](model, side, threads)
    for _ in range(10):
        found = detect(image)
    print("ready", json.dumps(found), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            started = time.perf_counter()
            detect(image)
            times.append((time.perf_counter() - started) * 1000)
        print(json.dumps(times), flush=True)


main()
