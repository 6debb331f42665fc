"""Modbus devices served by pymodbus: TCP, RTU over TCP, or RTU on a serial port.

modbus_device.py tcp PORT IMAGE | rtu-tcp PORT IMAGE | rtu PATH IMAGE [BAUD]

IMAGE is JSON: {"1": {"h": {"0": [200, 215]}, "c": {"56": [1]}}}, by unit and
table (h holding, i input, c coil, d discrete input). Addresses not in it are
refused with exception 2. Units not in it are silent; with "gateway": true in
IMAGE they are answered with exception 11.

Each line on standard input is an order in JSON and is answered by one line:
  {"set": [unit, table, address, [values]]}
  {"get": [unit, table, address, count]}
  {"refuse": [unit, function or 0, first, last, code, times]}  times < 0: for good
  {"delay": [unit, seconds]}      every answer comes that late
  {"mute": [unit, true]}          no answers at all
  {"seen": true}                  [unit, function, address, count] since last asked
"""

import asyncio
import json
import logging
import sys
import threading

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.datastore.context import ModbusBaseDeviceContext
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer, ModbusTcpServer

logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class Device(ModbusBaseDeviceContext):
    """One unit: sparse tables and the faults it was told to have."""

    def __init__(self, unit, image, seen):
        self.unit = unit
        self.seen = seen
        self.tables = {name: {} for name in "hicd"}
        for name, runs in image.items():
            for first, values in runs.items():
                for offset, value in enumerate(values):
                    self.tables[name][int(first) + offset] = value
        self.refusals = []
        self.delay = 0.0
        self.mute = False

    async def fault(self, function, address, count):
        self.seen.append([self.unit, function, address, count])
        delay, mute = self.delay, self.mute
        if delay:
            await asyncio.sleep(delay)
        if mute:
            raise NoSuchIdException("mute")
        for refusal in self.refusals:
            on, first, last, code, times = refusal
            if on in (0, function) and times and first <= address + count - 1 and address <= last:
                refusal[4] = times - 1
                return ExcCodes(code)
        return None

    async def async_getValues(self, func_code, address, count=1):
        # pymodbus reads back what functions 5 and 6 wrote, for the echo.
        if func_code < 5 and (code := await self.fault(func_code, address, count)):
            return code
        table = self.tables[self.decode(func_code)]
        try:
            return [table[at] for at in range(address, address + count)]
        except KeyError:
            return ExcCodes.ILLEGAL_ADDRESS

    async def async_setValues(self, func_code, address, values):
        if code := await self.fault(func_code, address, len(values)):
            return code
        table = self.tables[self.decode(func_code)]
        if any(address + offset not in table for offset in range(len(values))):
            return ExcCodes.ILLEGAL_ADDRESS
        for offset, value in enumerate(values):
            table[address + offset] = int(value)
        return None


def carry_out(order, devices, seen):
    if "set" in order:
        unit, table, address, values = order["set"]
        for offset, value in enumerate(values):
            devices[unit].tables[table][address + offset] = value
    elif "get" in order:
        unit, table, address, count = order["get"]
        return [devices[unit].tables[table].get(address + n) for n in range(count)]
    elif "refuse" in order:
        unit, *refusal = order["refuse"]
        devices[unit].refusals.append(refusal)
    elif "delay" in order:
        unit, devices[unit].delay = order["delay"][0], order["delay"][1]
    elif "mute" in order:
        devices[order["mute"][0]].mute = order["mute"][1]
    elif "seen" in order:
        taken = list(seen)
        del seen[: len(taken)]
        return taken
    return "ok"


def listen(devices, seen):
    for line in sys.stdin:
        print(json.dumps(carry_out(json.loads(line), devices, seen)), flush=True)


async def main():
    kind, place, image = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    gateway = image.pop("gateway", False)
    seen = []
    devices = {int(unit): Device(int(unit), tables, seen) for unit, tables in image.items()}
    context = ModbusServerContext(devices=devices, single=False)
    options = {"ignore_missing_devices": not gateway}
    if kind == "rtu":
        baud = int(sys.argv[4]) if len(sys.argv) > 4 else 19200
        server = ModbusSerialServer(
            context, framer=FramerType.RTU, port=place, baudrate=baud, **options
        )
    else:
        framer = FramerType.SOCKET if kind == "tcp" else FramerType.RTU
        server = ModbusTcpServer(
            context, framer=framer, address=("127.0.0.1", int(place)), **options
        )
    await server.serve_forever(background=True)
    threading.Thread(target=listen, args=(devices, seen), daemon=True).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
