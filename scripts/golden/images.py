"""Pictures resized, turned and cut as torchvision does it with these calls of PyTorch, and random ones by the same draws."""

import math

import torch
import torch.nn.functional as F


def picture(channels=3, height=5, width=7):
    return torch.rand(channels, height, width, generator=torch.Generator().manual_seed(channels * height + width))


def affine(x, angle, translate, scale, shear, mode):
    """torchvision's inverse matrix, put on a grid of normalized coordinates."""
    rot, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(rot - sy) / math.cos(sy)
    b = -math.cos(rot - sy) * math.tan(sx) / math.cos(sy) - math.sin(rot)
    c = math.sin(rot - sy) / math.cos(sy)
    d = -math.sin(rot - sy) * math.tan(sx) / math.cos(sy) + math.cos(rot)
    matrix = [d / scale, -b / scale, 0.0, -c / scale, a / scale, 0.0]
    tx, ty = translate
    matrix[2] += matrix[0] * -tx + matrix[1] * -ty
    matrix[5] += matrix[3] * -tx + matrix[4] * -ty
    height, width = x.shape[-2:]
    theta = torch.tensor(matrix).reshape(1, 2, 3)
    xs = torch.linspace(-width * 0.5 + 0.5, width * 0.5 - 0.5, width)
    ys = torch.linspace(-height * 0.5 + 0.5, height * 0.5 - 0.5, height)
    base = torch.stack([xs.expand(height, width), ys[:, None].expand(height, width), torch.ones(height, width)], -1)
    grid = base.reshape(1, -1, 3).bmm(theta.transpose(1, 2) / torch.tensor([0.5 * width, 0.5 * height]))
    return F.grid_sample(x[None], grid.reshape(1, height, width, 2), mode=mode, align_corners=False)[0]


def transforms():
    x = picture()
    sizes = [[8, 9], [3, 4], [5, 7], [2, 20], [1, 1]]
    resized = [
        {
            "size": size,
            "smooth": F.interpolate(x[None], size, mode="bilinear", antialias=True)[0],
            "plain": F.interpolate(x[None], size, mode="bilinear")[0],
            "nearest": F.interpolate(x[None], size, mode="nearest")[0],
        }
        for size in sizes
    ]
    settings = [
        {"angle": 33, "translate": [0, 0], "scale": 1, "shear": [0, 0]},
        {"angle": 0, "translate": [2, -1], "scale": 1, "shear": [0, 0]},
        {"angle": -75, "translate": [1, 1], "scale": 1.5, "shear": [20, -10]},
        {"angle": 0, "translate": [0, 0], "scale": 0.5, "shear": [0, 0]},
    ]
    affines = [
        {"options": options, **{mode: affine(x, **options, mode=mode) for mode in ["bilinear", "nearest"]}}
        for options in settings
    ]

    torch.manual_seed(5)
    drawn = []
    for _ in range(6):
        padded = F.pad(x, [2, 2, 2, 2])
        top = int(torch.randint(0, padded.shape[1] - 5 + 1, (1,)))
        left = int(torch.randint(0, padded.shape[2] - 4 + 1, (1,)))
        cut = padded[:, top : top + 5, left : left + 4]
        drawn.append(cut.flip(-1) if torch.rand(1) < 0.5 else cut)
    return {"x": x, "resized": resized, "affine": affines, "random": drawn, "next": torch.rand(1)}


files = {"images": transforms}
