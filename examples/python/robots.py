"""A game that runs its players' programs: each robot is a VM with limits, and Python is the world.

python examples/python/robots.py
"""

import minivm

ROBOTS = {
    # Goes to the nearest coin.
    "greedy": """
        fn turn( -- ) {
            coins -> found
            found len 0 == if { return }
            found 0 get -> best
            for coin in found { coin distance best distance < if { coin -> best } }
            best toward move
        }
        """,
    # Means to go right, but not to the end.
    "careless": "fn turn( -- ) { 9 position - 2 // move }",
    # Never gives its turn back.
    "stuck": "fn turn( -- ) { while { true } { } }",
}


class World:
    """A line of squares with coins on some of them."""

    def __init__(self) -> None:
        self.coins = {2, 9, 14}

    def robot(self, name: str, code: str) -> "Robot":
        """A robot that runs `code`."""
        return Robot(self, name, code)


class Robot:
    """A robot: where it is, what it has, and the VM that thinks for it."""

    def __init__(self, world: World, name: str, code: str) -> None:
        self.name = name
        self.position = 6
        self.points = 0
        self.world = world
        self.vm = minivm.VM(max_heap=1 << 20, max_depth=100, timeout=0.2)
        self.vm.register("coins", lambda: sorted(world.coins), "( -- list)")
        self.vm.register("position", lambda: self.position, "( -- n)")
        self.vm.register("distance", lambda coin: abs(coin - self.position), "(coin -- n)")
        self.vm.register("toward", lambda coin: 1 if coin > self.position else -1, "(coin -- n)")
        self.vm.register("move", self.move, "(step -- )")
        self.vm.run(code, f"{name}.mvm")

    def move(self, step: int) -> None:
        """One square, and the coin that lies there."""
        if step not in (-1, 1):
            raise ValueError(f"a robot can't move by {step}")
        self.position += step
        if self.position in self.world.coins:
            self.world.coins.remove(self.position)
            self.points += 1

    def turn(self) -> str:
        """Let it think; how that went."""
        try:
            self.vm.call("turn")
        except minivm.Timeout:
            return "thinks too long"
        except minivm.ProgramError as error:
            return f"fails: {error.message}"
        return f"is at {self.position} with {self.points} points"


def main() -> None:
    """Some turns of each robot, each in a world of its own."""
    for name, code in ROBOTS.items():
        robot = World().robot(name, code)
        for _ in range(3):
            print(f"{name} {robot.turn()}")


if __name__ == "__main__":
    main()
