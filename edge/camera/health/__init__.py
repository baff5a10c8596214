"""Checks whether a camera can be trusted: frozen, dark, covered, moved, defocused. No model, any camera.

The picture, 160 pixels wide, is compared with the usual scene (`reference`), a slow memory that does not learn while
there is trouble. Sharpness is measured at 640 pixels, where a soft picture shows. `structure` explains why gradients
are compared and not brightness; `judge` has the rules, `frozen` works alone, `watcher` puts them together."""
