"""How the classifier's model is made: corpus → fine-tuned encoder → ONNX → calibration → evaluation → model card.

Needs the extra `train`; reading labelled files, the near-duplicate search and evaluation need only what serving needs.
"""
