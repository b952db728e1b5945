import { splitImageReference } from './imageReference.ts';

test.each([
  ['busybox', 'busybox', ''],
  ['busybox:1.36', 'busybox', '1.36'],
  ['team/app:1.2.3-rc.1', 'team/app', '1.2.3-rc.1'],
  ['registry:5000/a/b', 'registry:5000/a/b', ''],
  ['registry:5000/a/b:tag', 'registry:5000/a/b', 'tag'],
  ['registry:5000/a/b:tag@sha256:0123', 'registry:5000/a/b', 'tag'],
  ['registry:5000/a/b@sha256:0123', 'registry:5000/a/b', ''],
  ['[::1]:5000/a:x', '[::1]:5000/a', 'x'],
  ['sha256:66c2181155e6', 'sha256:66c2181155e6', ''],
  ['66c2181155e6', '66c2181155e6', ''],
  ['', '', ''],
])('%s is the image “%s” with the tag “%s”', (reference, image, tag) => {
  expect(splitImageReference(reference)).toEqual({ image, tag });
});
