/** Detections over the picture, and as words for those who do not see it. */
import { text } from './texts.js';

/** Told apart with every kind of colour vision (Okabe and Ito); the name of the class is written at each box besides. */
const colours = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#d55e00', '#cc79a7'];
const svg = 'http://www.w3.org/2000/svg';

/** Pixels of the screen. */
const textSize = 15;

/** In pixels of the frame as it was sent: the picture may have any size on the screen. */
export function drawBoxes(boxes, { detections, frame_width: width, frame_height: height }) {
  boxes.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const size = (textSize * height) / boxes.clientHeight;
  boxes.replaceChildren(...detections.flatMap((detection) => drawBox(detection, size)));
}

function drawBox({ bbox_original: box, class_id, ...detection }, size) {
  const colour = colours[class_id % colours.length];
  const rect = element('rect', { ...box, stroke: colour });
  rect.dataset.class = detection.class_name;
  // Above the box, or in it where there is no room above.
  const y = box.y > size * 1.4 ? box.y - size * 0.4 : box.y + size * 1.1;
  const label = element('text', { x: box.x, y, fill: colour, 'font-size': size });
  label.textContent = nameOf(detection);
  return [rect, label];
}

function element(name, attributes) {
  const made = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function listDetections(list, detections) {
  const lines = detections.length === 0 ? [text.nothing] : detections.map(nameOf);
  list.replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement('li');
      item.textContent = line;
      return item;
    }),
  );
}

function nameOf({ class_name, confidence, track_id }) {
  const number = track_id === undefined ? '' : ` #${track_id}`;
  return `${class_name}${number} ${Math.round(confidence * 100)} %`;
}
