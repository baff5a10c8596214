"""The activity before a camera, found without a model: motion in zones, intrusion, unattended, rodent.

settings    `[camera.activity]`
foreground  differences from the usual picture, in blobs; light is not a thing
rodent      something small that runs
watcher     the meaning of the blobs at this time of day
"""
