"""The label of a sample: our own code as a QR code, with number, food, stall and time.

routes.py   what the page asks: a sheet to print by the browser, or a label on the station's printer
content.py  what stands on a label
sheet.py    the browser's sheet of 50 x 30 mm
escpos.py   the bytes of a label for a printer that speaks ESC/POS
printer.py  brings them to a device file or a TCP address, within a deadline
"""
