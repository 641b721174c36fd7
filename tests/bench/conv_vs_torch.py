"""The peer of bench_conv: the same autoencoder in PyTorch. One line: train and encode, img/s of wall
clock and of processor time."""
import sys
import time

import torch
from torch import nn

size, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
side, channels, widths = (28, 1, [32, 64]) if size == "28" else (96, 3, [32, 64, 128])
steps = 8 if size == "28" else 2

layers, c = [], channels
for w in widths:
    layers += [nn.Conv2d(c, w, 3, 2, 1), nn.ReLU()]
    c = w
small = side >> len(widths)
encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(c * small * small, 64))
layers = [nn.Linear(64, c * small * small), nn.ReLU(), nn.Unflatten(1, (c, small, small))]
for w in widths[-2::-1]:
    layers += [nn.ConvTranspose2d(c, w, 3, 2, 1, output_padding=1), nn.ReLU()]
    c = w
layers.append(nn.ConvTranspose2d(c, channels, 3, 2, 1, output_padding=1))
net = nn.Sequential(encoder, *layers)
adam = torch.optim.Adam(net.parameters(), 1e-3)
x = torch.rand(256, channels, side, side)


def train():
    adam.zero_grad()
    ((net(x) - x) ** 2).mean().backward()
    adam.step()


def encode():
    with torch.no_grad():
        encoder(x)


def rate(f, n):
    f()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(n):
        f()
    return 256 * n / (time.perf_counter() - wall), 256 * n / (time.process_time() - cpu)


print("train %.0f %.0f encode %.0f %.0f" % (*rate(train, steps), *rate(encode, 2 * steps)))
