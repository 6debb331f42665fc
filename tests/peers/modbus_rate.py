"""pymodbus as a client that reads holding registers as fast as it can.

modbus_rate.py HOST PORT UNIT

Each line `COUNT SECONDS` on standard input is answered by the rate reached:
requests a second.
"""

import asyncio
import sys
import time

from pymodbus.client import AsyncModbusTcpClient


async def rate(client, unit, count, seconds):
    start = time.perf_counter()
    requests = 0
    while time.perf_counter() - start < seconds:
        answer = await client.read_holding_registers(0, count=count, device_id=unit)
        if answer.isError() or len(answer.registers) != count:
            raise SystemExit(f"no answer: {answer}")
        requests += 1
    return requests / (time.perf_counter() - start)


async def main():
    host, port, unit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    client = AsyncModbusTcpClient(host, port=port)
    if not await client.connect():
        raise SystemExit("no connection")
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        count, seconds = line.split()
        print(await rate(client, unit, int(count), float(seconds)), flush=True)


asyncio.run(main())
