"""Mathematics in Unicode and plain text means the same as its LaTeX."""

from __future__ import annotations

import pytest

from symbptt.latex.parser import parse

SAME = {
    "δₜ = Wᵀ δₜ₊₁ ⊙ (1 − hₜ²)": "\\delta_t = W^T \\delta_{t+1} \\odot (1 - h_t^2)",
    "∂L/∂W = Σₜ δₜ hₜ₋₁ᵀ": "\\partial L/\\partial W = \\sum_t \\delta_t h_{t-1}^T",
    "∂L/∂W = ∑_{t=1}^T δₜ hₜ₋₁ᵀ": "\\partial L/\\partial W = \\sum_{t=1}^T \\delta_t h_{t-1}^T",
    "∂L/∂W = Σ_{t=1}^{T} δ_t · h_{t-1}^T": "\\partial L/\\partial W = \\sum_{t=1}^{T} \\delta_t \\cdot h_{t-1}^T",
    "∂L/∂zₜ = ŷₜ − yₜ": "\\partial L/\\partial z_t = \\hat{y}_t - y_t",
    "∂Lₜ/∂hₜ₋₁ = 0": "\\partial L_t/\\partial h_{t-1} = 0",
    "∂²L/∂x² = 0": "\\partial^2 L/\\partial x^2 = 0",
    "∂C/∂bⱼˡ = δⱼˡ": "\\partial C/\\partial b_j^l = \\delta_j^l",
    "dL/dW = δ xᵀ": "dL/dW = \\delta x^T",
    "ŷ = softmax(V h + c)": "\\hat{y} = \\mathrm{softmax}(V h + c)",
    "y\u0302 = y\u0304 + x̃ + ẋ": "\\hat{y} = \\bar{y} + \\tilde{x} + \\dot{x}",
    "h⁽ᵗ⁾ = tanh(W h⁽ᵗ⁻¹⁾ + U x⁽ᵗ⁾ + b)": "h^{(t)} = \\tanh(W h^{(t-1)} + U x^{(t)} + b)",
    "hₜ = φ(Wₕₕ hₜ₋₁ + Wₓₕ xₜ)": "h_t = \\phi(W_{hh} h_{t-1} + W_{xh} x_t)",
    "wᵢⱼ = aᵢ bⱼ": "w_{ij} = a_i b_j",
    "δˡ = (wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ)": "\\delta^l = (w^{l+1})^T \\delta^{l+1} \\odot \\sigma'(z^l)",
    "L = −∑ₖ yₖ log ŷₖ": "L = -\\sum_k y_k \\log \\hat{y}_k",
    "Σᵢ₌₁ⁿ xᵢ": "\\sum_{i=1}^n x_i",
    "∏ₖ₌ⱼ₊₁ᵗ Wᵀ": "\\prod_{k=j+1}^t W^T",
    "∏_{k=j+1}^t ∂h_k/∂h_{k-1}": "\\prod_{k=j+1}^t \\partial h_k/\\partial h_{k-1}",
    "𝐡ₜ = tanh(𝐖 𝐡ₜ₋₁)": "\\mathbf{h}_t = \\tanh(\\mathbf{W} \\mathbf{h}_{t-1})",
    "𝑊 = 𝑎 + 𝛼 + ℎ": "W = a + \\alpha + h",
    "𝒉 = 𝜹 + 𝗫": "\\boldsymbol{h} = \\boldsymbol{\\delta} + \\mathbf{X}",
    "𝜕𝐿/𝜕𝑊 = 0": "\\partial L/\\partial W = 0",
    "ℒ = 𝓛": "\\mathcal{L} = \\mathcal{L}",
    "a ∘ b × c · d ∗ e": "a \\circ b \\times c \\cdot d * e",
    "√x + √(a+b) c": "\\sqrt{x} + \\sqrt{a+b} c",
    "∇_W L = ∇L": "\\nabla_W L = \\nabla L",
    "ℓ(h) ≈ 3": "\\ell(h) \\approx 3",
    "a ≤ b": "a \\le b",
    "a ≠ b": "a \\ne b",
    "a = b ⇒ c = d": "a = b \\Rightarrow c = d",
    "W ← W − η ∂L/∂W": "W \\leftarrow W - \\eta \\partial L/\\partial W",
    "θ ⟵ θ": "\\theta \\leftarrow \\theta",
    "x → y": "x \\to y",
    "a ≔ b": "a := b",
    "z₁ + … + z_T": "z_1 + \\dots + z_T",
    "f′(x) = f″(x)": "f'(x) = f''(x)",
    "x ∈ ℝⁿ": "x \\in \\mathbb{R}^n",
    "‖W‖² = ∥W∥²": "\\|W\\|^2 = \\|W\\|^2",
    "diag(1 − h²) W": "\\operatorname{diag}(1 - h^2) W",
    "x⁻¹ = 1/x": "x^{-1} = 1/x",
    "E_t = ½(y_t − ŷ_t)²": "E_t = \\frac{1}{2}(y_t - \\hat{y}_t)^2",
    "Δw = −η δ xᵀ": "\\Delta w = -\\eta \\delta x^T",
    "ａ＝ｂ＋ｃ（ｄ）": "a = b + c(d)",
    "a\u2062b + f\u2061(x) = \ufeffc": "a b + f(x) = c",
    "Wᵝ + xᵧ = Wᴴ": "W^\\beta + x_\\gamma = W^H",
    "y = W @ h .* g": "y = W \\cdot h \\odot g",
}  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_the_same_tree_as_its_latex(text: str) -> None:
    assert parse(text) == parse(SAME[text])
