"""Frames that makers and users published: hexadecimal, kind, source. A plain clone tests the same as one beside the
shared captures, whose modbus/vectors.tsv they are from."""

VECTORS: dict[str, bytes] = {
    name: bytes.fromhex(text)
    for name, text in {
        # JXBS/Renke temperature-humidity transmitter, the maker's manual as quoted in three public repositories
        "jxbs_th_req": "01 03 00 00 00 02 C4 0B",
        "jxbs_th_resp": "01 03 04 02 92 FF 9B 5A 3D",
        # Daruifuno DPH7 digital pH electrode, manuals.online
        "dph7_req": "01 04 00 02 00 04 50 09",
        "dph7_resp": "01 04 08 00 00 40 E0 00 00 41 C8 9A DD",
        "dph7_req1": "01 04 00 02 00 02 D0 0B",
        "dph7_resp1": "01 04 04 CC CD 41 48 65 4D",
        # epics-modules/modbus issue 39, an asyn trace of a real RS-485 device
        "epics39_q1": "01 04 00 00 00 2a 71 d5",
        "epics39_r1": "01 04 54 00 00 41 DE 12 75 43 1A E2 80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        "00 00 00 00 00 00 00 00 00 00 78 02 84 02 84 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        "08 00 00 00 08 00 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 86 CE",
        "epics39_q2": "01 03 00 00 00 2e c5 d6",
        "epics39_r2": "01 03 5c 00 01 00 01 00 01 00 01 00 00 41 20 00 00 41 20 28 f6 41 f0 87 b9 44 bb 05 32 44 e0 f1"
        " 03 46 ea 5e 2e 3f a6 04 19 3f a5 7d bf 46 6a 50 63 46 6a 50 63 41 f0 00 00 41 f0 00 00 00 02 00 00 00 01"
        " 00 00 44 d7 76 0f 40 00 00 00 00 00 07 d0 07 d0 00 0f 00 0f 0f a0 07 d0 00 0f 00 0f 0f 5e",
        "epics39_q3": "01 01 00 00 00 1f 7d c2",
        "epics39_r3": "01 01 04 10 00 00 10 fe dd",
        "epics39_q4": "01 02 00 00 00 06 f8 08",
        "epics39_r4": "01 02 01 00 a1 88",
        # influxdata/telegraf issue 9253, a trace of an energy meter
        "tele9253_q1": "0a 03 10 04 00 02 80 71",
        "tele9253_q2": "0a 03 10 6a 00 02 e1 ac",
        "tele9253_r": "0a 03 04 00 00 00 00 40 f3",
        # yaacov/node-modbus-serial issue 92; BiancoRoyal/node-red-contrib-modbus issue 6
        "yaacov92_q": "01 03 00 05 00 04 54 08",
        "yaacov92_r": "01 03 08 00 00 bf 80 00 00 bf 80 ff 56",
        "yaacov_q2": "01 03 00 00 00 32 c4 1f",
        # pyhys/minimalmodbus issue 61: one 00 before and one behind an exception
        "mm61_q": "04 03 01 21 00 01 D5 A9",
        "mm61_noise": "00 04 83 02 D0 F0 00",
    }.items()
}
