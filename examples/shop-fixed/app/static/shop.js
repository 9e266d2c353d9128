"use strict";

const list = document.getElementById("products");

async function show(words) {
  const answer = await fetch(`/products?words=${encodeURIComponent(words)}`);
  const items = (await answer.json()).map((product) => {
    const item = document.createElement("li");
    item.textContent = `${product.name}: ${(product.price_cents / 100).toFixed(2)}`;
    return item;
  });
  list.replaceChildren(...items);
}

document.getElementById("words").addEventListener("input", (event) => show(event.target.value));
show("");
