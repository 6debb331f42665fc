"""bacpypes3 as a client that reads present values as fast as it can.

bacnet_rate.py PORT ADDRESS OBJECT...

Each line `COUNT SECONDS` on standard input is answered by the rate reached:
requests a second, of which each asks for the first COUNT objects; a single one
by ReadProperty, more by ReadPropertyMultiple.
"""

import asyncio
import sys
import time

from bacpypes3.app import Application
from bacpypes3.basetypes import PropertyIdentifier, PropertyReference
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import ObjectIdentifier
from bacpypes3.vendor import get_vendor_info

PRESENT_VALUE = PropertyIdentifier("present-value")


async def rate(app, address, objects, seconds):
    vendor = get_vendor_info(0)
    # Made once: the client shall not be measured reading our texts.
    parameters = []
    for name in objects:
        parameters += [name, [PropertyReference(propertyIdentifier=PRESENT_VALUE)]]
    start = time.perf_counter()
    requests = 0
    while time.perf_counter() - start < seconds:
        if len(objects) == 1:
            values = [await app.read_property(address, objects[0], PRESENT_VALUE)]
        else:
            answer = await app.read_property_multiple(address, parameters, vendor)
            values = [value for (_, _, _, value) in answer]
        if len(values) != len(objects) or not all(
            isinstance(value, (int, float)) for value in values
        ):
            raise SystemExit(f"no answer: {values}")
        requests += 1
    return requests / (time.perf_counter() - start)


async def main():
    port, address = sys.argv[1], Address(sys.argv[2])
    objects = [ObjectIdentifier(name) for name in sys.argv[3:]]
    app = Application.from_object_list(
        [
            DeviceObject(
                objectIdentifier=("device", 4001), objectName="client", vendorIdentifier=999
            ),
            NetworkPortObject(
                f"127.0.0.1/8:{port}", objectIdentifier=("network-port", 1), objectName="port"
            ),
        ]
    )
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        count, seconds = line.split()
        print(await rate(app, address, objects[: int(count)], float(seconds)), flush=True)


asyncio.run(main())
