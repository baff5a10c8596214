"""The activity before a camera, found without a model: motion in zones, intrusion, unattended, rodent.

settings    `[camera.activity]`
foreground  differences from the usual picture, in blobs; light is not a thing
rodent      something small that runs (runner) or explores (explorer)
crowd       drops, flakes and grains among the small things
veil        light, through which the usual picture shows
busy        places where something always moves
watcher     the meaning of the blobs at this time of day
"""
