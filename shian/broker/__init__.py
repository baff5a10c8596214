"""The files of a broker that lets each station write and read its own topics alone, from the table `wire.topics.ENDS`.

declaration   what a broker is told: addresses, files, names of the centre's certificates
mosquitto     the two files of Mosquitto 2 (also those of the broker of `shian up`)
emqx          the two files of EMQX 5
cli           `shian broker config`
"""
