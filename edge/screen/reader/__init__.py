"""The reader of codes for a browser's camera: a worker that is loaded when the camera is opened, and its policy."""
