"""What happens before a camera, without a model: motion in zones, intrusion, unattended, rodent.

settings    `[camera.activity]`
foreground  what differs from the usual picture, in blobs; light is not a thing
rodent      something small that runs
watcher     what the blobs mean at this time of day
"""
