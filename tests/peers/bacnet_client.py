"""A BACnet client on bacpypes3 that takes one order a line and answers one line
of JSON to each: what the device said, or its error, reject or abort as text.

    bacnet_client.py PORT

    read ADDRESS OBJECT PROPERTY [INDEX]
    multiple ADDRESS OBJECT PROPERTY,PROPERTY...
    write ADDRESS OBJECT PROPERTY VALUE|null PRIORITY|-
    whois ADDRESS LOW HIGH
    cov ADDRESS OBJECT confirmed|unconfirmed LIFETIME     (answers "subscribed")
    next SECONDS                    (the next notification of the last cov, or null)
"""

import asyncio
import json
import sys

from bacpypes3.apdu import ErrorRejectAbortNack
from bacpypes3.app import Application
from bacpypes3.basetypes import ErrorType, PropertyIdentifier
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import Atomic, Null


def plain(value):
    if isinstance(value, (ErrorRejectAbortNack, ErrorType)):
        if isinstance(value, ErrorType):
            return f"{value.errorClass}: {value.errorCode}"
        return str(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and type(value).__str__ is int.__str__:
        return int(value)
    if isinstance(value, (list, tuple)) and not isinstance(value, Atomic):
        return [plain(item) for item in value]
    choice = getattr(value, "_choice", None)
    if choice is not None:
        return None if choice == "null" else plain(getattr(value, choice))
    if isinstance(value, Null):
        return None
    return str(value)


class Client:
    def __init__(self, port):
        device = DeviceObject(
            objectIdentifier=("device", 4000), objectName="client", vendorIdentifier=999
        )
        port = NetworkPortObject(
            f"127.0.0.1/8:{port}", objectIdentifier=("network-port", 1), objectName="port"
        )
        self.app = Application.from_object_list([device, port])
        self.subscriptions = 0
        self.subscription = None

    async def read(self, address, obj, prop, index=None):
        return await self.app.read_property(
            Address(address), obj, prop, None if index is None else int(index)
        )

    async def multiple(self, address, obj, properties):
        answer = await self.app.read_property_multiple(
            Address(address), [obj, properties.split(",")]
        )
        if isinstance(answer, ErrorRejectAbortNack):
            return answer
        return {
            str(prop) if index is None else f"{prop}[{index}]": plain(value)
            for (_, prop, index, value) in answer
        }

    async def write(self, address, obj, prop, value, priority):
        value = Null(()) if value == "null" else value
        if isinstance(value, str):
            value = float(value) if "." in value else value
            value = int(value) if isinstance(value, str) and value.isdigit() else value
        return await self.app.write_property(
            Address(address), obj, prop, value,
            priority=None if priority == "-" else int(priority),
        )

    async def whois(self, address, low, high):
        found = await self.app.who_is(int(low), int(high), Address(address), timeout=2)
        return [int(i_am.iAmDeviceIdentifier[1]) for i_am in found]

    async def cov(self, address, obj, kind, lifetime):
        obj = await self.app.parse_object_identifier(obj)
        self.subscriptions += 1
        self.subscription = self.app.change_of_value(
            Address(address), obj, self.subscriptions, kind == "confirmed", int(lifetime)
        )
        await self.subscription.__aenter__()
        return "subscribed"

    async def next(self, seconds):
        """One notification: present value and status flags."""
        values = {}
        try:
            while len(values) < 2:
                prop, value = await asyncio.wait_for(
                    self.subscription.get_value(), float(seconds)
                )
                values[str(PropertyIdentifier(prop))] = plain(value)
        except asyncio.TimeoutError:
            return values or None
        return values


async def main():
    client = Client(sys.argv[1])
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready")
    while line := (await lines.readline()).decode():
        order, *arguments = line.split()
        try:
            answer = await getattr(client, order)(*arguments)
        except (ErrorRejectAbortNack, ValueError, TypeError) as error:
            answer = error if isinstance(error, ErrorRejectAbortNack) else f"error: {error!r}"
        print(json.dumps(answer if isinstance(answer, dict) else plain(answer)), flush=True)


asyncio.run(main())
