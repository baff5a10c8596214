"""Whether a camera can be trusted: frozen, dark, covered, moved, defocused. No model, any camera.

The picture, 160 pixels wide, is held against the usual scene (`reference`), a slow memory that does not learn while
there is trouble; its sharpness is measured at 640, where a soft picture shows. `structure` explains why gradients are
compared and not brightness; `judge` has the rules, `frozen` is on its own, `watcher` puts them together.
"""
