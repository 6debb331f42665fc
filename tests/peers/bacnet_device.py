"""BACnet devices served by bacpypes3.

bacnet_device.py CONFIG

CONFIG is JSON: a list of devices, each
  {"instance": 1, "address": "127.3.1.2/8:47900", "objects": [...],
   "max_apdu": 1476, "segmentation": "segmented-both",
   "without": ["ReadPropertyMultiple", "SubscribeCOV", ...],   rejected
   "ignores": ["ReadPropertyMultiple", ...],                   no answer to these
   "small": true,                              no priority array in one answer
   "bbmd": true,
   "watches": {"heartbeat": "binary-value,1", "seconds": 3, "slot": 13},
   "behind": 5, "mac": 12}
One that "watches" has a program of its own: once the heartbeat has not changed
for so long, it clears that slot of all its objects.
A device that has "behind" stands on that network, without an address of its
own; one with "routes": [5] routes to it. Objects are
  {"type": "analog-value", "instance": 1, "value": 21.0, "commandable": true,
   ...other properties by their names in bacpypes3}

Each line on standard input is an order in JSON and is answered by one line:
  {"device": 1, "set": ["analog-value,1", "presentValue", 22.5]}
  {"device": 1, "get": ["analog-value,1", "presentValue"]}
  {"device": 1, "slots": "analog-value,1"}     the priority array
  {"device": 1, "set_slot": ["analog-value,1", 8, 15.0]}
  {"device": 1, "mute": true}                  no answers at all
  {"device": 1, "seen": true}                  services since last asked
  {"device": 1, "subscriptions": true}         how many it holds
  {"device": 1, "forget": true}                all subscriptions, as a restart does
  {"device": 1, "i_am": true}                  as after a restart
"""

import asyncio
import json
import sys
import threading

from bacpypes3.apdu import AbortPDU, AbortReason
from bacpypes3.app import Application
from bacpypes3.basetypes import BDTEntry, IPMode, PriorityValue, PropertyIdentifier, StatusFlags
from bacpypes3.ipv4 import IPv4DatagramServer
from bacpypes3.local import analog, binary, multistate
from bacpypes3.local.cmd import Commandable
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.local.schedule import ScheduleObject
from bacpypes3.pdu import IPv4Address, LocalBroadcast
from bacpypes3.primitivedata import ObjectIdentifier
from bacpypes3.vlan import VirtualNetwork


class MultiStateValueObjectCmd(Commandable, multistate.MultiStateValueObject):
    """bacpypes3 has none of its own."""


CLASSES = {
    "analog-input": (analog.AnalogInputObject, None),
    "analog-output": (analog.AnalogOutputObject, analog.AnalogOutputObject),
    "analog-value": (analog.AnalogValueObject, analog.AnalogValueObjectCmd),
    "binary-input": (binary.BinaryInputObject, None),
    "binary-output": (binary.BinaryOutputObject, binary.BinaryOutputObject),
    "binary-value": (binary.BinaryValueObject, binary.BinaryValueObjectCmd),
    "multi-state-input": (multistate.MultiStateInputObject, None),
    "multi-state-output": (multistate.MultiStateOutputObject, multistate.MultiStateOutputObject),
    "multi-state-value": (multistate.MultiStateValueObject, MultiStateValueObjectCmd),
    "schedule": (ScheduleObject, None),
}


def send_to_own_port(server_indication):
    """bacpypes3 takes any 127.x.y.z at its own port for itself. On loopback the
    others stand there too, as on any BACnet/IP network."""

    async def indication(self, pdu):
        if isinstance(pdu.pduDestination, LocalBroadcast):
            return await server_indication(self, pdu)
        destination = pdu.pduDestination
        if not isinstance(destination, IPv4Address):
            destination = IPv4Address(destination)
        destination = destination.addrTuple
        if destination == self.local_address:
            return await server_indication(self, pdu)
        await self._local_transport_ready.wait()
        self.local_transport.sendto(pdu.pduData, destination)

    return indication


IPv4DatagramServer.indication = send_to_own_port(IPv4DatagramServer.indication)


class Device(Application):
    """An application that can go mute, count, and lack services."""

    def make_ready(self, config):
        self.seen = []
        self.mute = False
        self.ignores = config.get("ignores", [])
        self.small = config.get("small", False)
        for name in config.get("without", []):
            setattr(self, f"do_{name}Request", None)

    async def indication(self, apdu):
        name = type(apdu).__name__.removesuffix("Request")
        self.seen.append(name)
        if self.mute or name in self.ignores:
            return
        if self.small and name == "ReadProperty":
            whole = apdu.propertyArrayIndex is None
            if whole and apdu.propertyIdentifier == PropertyIdentifier.priorityArray:
                reason = AbortReason.segmentationNotSupported
                await self.response(AbortPDU(True, reason=reason, context=apdu))
                return
        await super().indication(apdu)


def make_object(config):
    config = dict(config)
    kind, number = config.pop("type"), config.pop("instance")
    plain, commandable = CLASSES[kind]
    cls = commandable if config.pop("commandable", False) else plain
    properties = {
        "objectIdentifier": f"{kind},{number}",
        "objectName": config.pop("name", f"{kind}-{number}"),
        "statusFlags": [0, 0, 0, 0],
        "outOfService": False,
    }
    if "value" in config:
        properties["presentValue"] = config.pop("value")
    if kind == "schedule":
        properties.pop("statusFlags")
    if kind.startswith("analog"):
        properties.update(units="degrees-celsius", covIncrement=0.5, eventState="normal")
    if kind.startswith("multi-state"):
        properties["numberOfStates"] = 4
    properties.update(config)
    return cls(**properties)


def make_device(config):
    number = config["instance"]
    device = DeviceObject(
        objectIdentifier=f"device,{number}",
        objectName=f"device-{number}",
        maxApduLengthAccepted=config.get("max_apdu", 1476),
        segmentationSupported=config.get("segmentation", "segmented-both"),
        vendorIdentifier=999,
        apduTimeout=1000,
        apduSegmentTimeout=1000,
        numberOfApduRetries=2,
    )
    ports = []
    if "address" in config:
        port = NetworkPortObject(
            config["address"],
            objectIdentifier="network-port,1",
            objectName="port-1",
            networkNumber=1 if "routes" in config else 0,
            networkNumberQuality="configured" if "routes" in config else "unknown",
        )
        if config.get("bbmd"):
            port.bacnetIPMode = IPMode.bbmd
            port.bbmdAcceptFDRegistrations = True
            port.bbmdForeignDeviceTable = []
            own = config["address"].replace("/8", "")
            port.bbmdBroadcastDistributionTable = [BDTEntry(own)]
        ports.append(port)
    inner = [(network, 1) for network in config.get("routes", [])]
    if "behind" in config:
        inner.append((config["behind"], config["mac"]))
    for place, (network, mac) in enumerate(inner):
        name = f"network-{network}"
        if name not in VirtualNetwork._networks:
            VirtualNetwork(name)
        ports.append(
            NetworkPortObject(
                objectIdentifier=f"network-port,{2 + place}",
                objectName=f"port-{2 + place}",
                networkType="virtual",
                protocolLevel="bacnet-application",
                macAddress=bytes([mac]),
                networkInterfaceName=name,
                networkNumber=network,
                networkNumberQuality="configured",
            )
        )
    objects = [make_object(object) for object in config.get("objects", [])]
    app = Device.from_object_list([device, *ports, *objects])
    app.make_ready(config)
    return app


async def watch(app, heartbeat, seconds, slot):
    """The plant's own program, as it would stand in a controller."""
    heart = app.get_object_id(ObjectIdentifier(heartbeat))
    loop = asyncio.get_running_loop()
    last, changed = heart.presentValue, None
    while True:
        await asyncio.sleep(0.05)
        now = heart.presentValue
        if now != last:
            last, changed = now, loop.time()
        if changed is not None and loop.time() - changed > seconds:
            changed = None
            for object in list(app.objectIdentifier.values()):
                if isinstance(object, Commandable):
                    object.priorityArray[slot - 1] = PriorityValue(null=())
            last = heart.presentValue


def plain(value):
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    return str(value)


def slot(entry):
    choice = entry._choice
    return None if choice == "null" else plain(getattr(entry, choice))


def carry_out(devices, order):
    app = devices[order["device"]]
    if "mute" in order:
        app.mute = order["mute"]
    elif "seen" in order:
        seen, app.seen = app.seen, []
        return seen
    elif "subscriptions" in order:
        return sum(len(d.cov_subscriptions) for d in app._cov_detections.values())
    elif "forget" in order:
        for detection in list(app._cov_detections.values()):
            for subscription in list(detection.cov_subscriptions):
                app.cancel_subscription(subscription)
    elif "i_am" in order:
        app.i_am()
    else:
        place = order.get("set") or order.get("get") or order.get("set_slot")
        name = order.get("slots") or place[0]
        object = app.get_object_id(ObjectIdentifier(name))
        if "slots" in order:
            return [slot(entry) for entry in object.priorityArray]
        if "get" in order:
            return plain(getattr(object, order["get"][1]))
        _, attribute, value = place
        if "set_slot" in order:
            cast = object._elements["presentValue"]
            object.priorityArray[attribute - 1] = PriorityValue(cast(value))
        else:
            setattr(object, attribute, StatusFlags(value) if attribute == "statusFlags" else value)
    return True


async def main():
    devices = {}
    for config in json.loads(sys.argv[1]):
        devices[config["instance"]] = make_device(config)
    for app in devices.values():
        for link in app.link_layers.values():
            server = getattr(link, "server", None)
            if server is not None:
                await asyncio.gather(*server._transport_tasks)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    programs = [
        loop.create_task(watch(devices[config["instance"]], **config["watches"]))
        for config in json.loads(sys.argv[1])
        if "watches" in config
    ]

    def listen():
        for line in sys.stdin:
            order = json.loads(line)
            done = asyncio.run_coroutine_threadsafe(run(order), loop)
            print(json.dumps(done.result()), flush=True)
        loop.call_soon_threadsafe(ended.set)

    async def run(order):
        return carry_out(devices, order)

    threading.Thread(target=listen, daemon=True).start()
    print("ready", flush=True)
    await ended.wait()
    for program in programs:
        program.cancel()


if __name__ == "__main__":
    asyncio.run(main())
