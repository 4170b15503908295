"""How the classifier's model is made: corpus → fine-tuned encoder → ONNX → calibration → evaluation → model card.

Needs the extra `train`, except `rows`, `similarity`, `decision`, `scores` and `evaluate`, which need only what serving needs.
"""
